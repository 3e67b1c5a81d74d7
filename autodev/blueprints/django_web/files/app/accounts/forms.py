"""Signing up."""

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm

from app.accounts.models import User


class SignUpForm(BaseUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["email"]
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True})}

    def clean_email(self) -> str:
        """The address in lower case, so that an account has only one."""
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError("This e-mail address has an account already.", code="unique")
        return email
