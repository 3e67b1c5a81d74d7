"""Keys: stored, replaced, removed; never shown."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminPasswordWidget

from providers.admin.base import DOOR, ByServices, operator, stands_for
from providers.models import Credential
from providers.services.credentials import LEAST, MOST, credential_add, credential_remove, credential_rotate


class CredentialForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none at run time
    secret = forms.CharField(
        min_length=LEAST,
        max_length=MOST,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text="It is stored encrypted and never shown again. Saving puts it in the place of the old one.",
    )

    class Meta:
        model = Credential
        fields = ("workspace", "name")


@admin.register(Credential)
class CredentialAdmin(ByServices):
    form = CredentialForm
    list_display: ClassVar = ["name", "workspace", "hint", "key_number", "created_by", "created_at", "rotated_at"]
    list_select_related: ClassVar = ["workspace", "created_by"]
    search_fields: ClassVar = ["name", "workspace__name"]
    fields: ClassVar = ["workspace", "name", "secret"]
    autocomplete_fields: ClassVar = ["workspace"]
    begins_with = ("workspace", "name")

    @method_decorator([never_cache, sensitive_post_parameters("secret")])
    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """What goes wrong here is reported without the key."""
        answer: HttpResponse = super().changeform_view(*args, **kwargs)
        return answer

    def save_model(self, request: HttpRequest, obj: Credential, form: Any, change: Any) -> None:
        service = credential_rotate if change else credential_add
        row = service(
            workspace=obj.workspace, actor=operator(request), name=obj.name, secret=form.cleaned_data["secret"],
            door=DOOR,
        )  # fmt: skip
        stands_for(obj, row)

    def delete_model(self, request: HttpRequest, obj: Credential) -> None:
        credential_remove(workspace=obj.workspace, actor=operator(request), name=obj.name, door=DOOR)
