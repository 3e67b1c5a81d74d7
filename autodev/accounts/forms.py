"""Forms of accounts. The look of the fields is in the templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import PasswordResetForm
from django.urls import reverse

from autodev.accounts import mail
from autodev.accounts.models import Role, User
from autodev.accounts.services.profile import password_reset_request

SCOPES = [
    ("read", "Read: builds, files, evidence"),
    ("build", "Build: also start, cancel, pause and resume, and ask models through the gateway"),
    ("admin", "Admin: also what a maintainer may do"),
]
LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("365", "One year"), ("", "Does not expire")]


class SignInForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


class NewPasswordForm(forms.Form):
    """A name and a password that the validators accept."""

    name = forms.CharField(max_length=150, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least ten characters.",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password"):
            candidate = User(email=data.get("email", ""), name=data.get("name", ""))
            try:
                password_validation.validate_password(data["password"], candidate)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class SignUpForm(NewPasswordForm):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    field_order: Iterable[str] | None = ("name", "email", "password")


class FirstRunForm(SignUpForm):
    workspace_name = forms.CharField(max_length=120, label="Workspace", help_text="Your team or company.")
    field_order: Iterable[str] | None = ("name", "email", "password", "workspace_name")


class ProfileForm(forms.Form):
    name = forms.CharField(max_length=150, label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"}))


class WorkspaceForm(forms.Form):
    name = forms.CharField(max_length=120, label="Workspace name")


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.DEVELOPER)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class ApiKeyForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="What it is for: “CI of the shop”.")
    scopes = forms.MultipleChoiceField(choices=SCOPES, initial=["read"], widget=forms.CheckboxSelectMultiple)
    lifetime = forms.ChoiceField(choices=LIFETIMES, initial="90", required=False, label="Expires")


class QueuedPasswordResetForm(PasswordResetForm):
    """Django's form, whose mail goes through the outbox. What it would have rendered itself is left to the sender."""

    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True})
    )

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        path = reverse("accounts:password_reset_confirm", args=[context["uid"], mail.TOKEN])
        link = f"{context['protocol']}://{context['domain']}{path}"
        password_reset_request(user=context["user"], email=to_email, link=link)
