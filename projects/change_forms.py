"""The forms of a change and of an import."""

from __future__ import annotations

from typing import Any

from django import forms

from autodev.lib.errors import DomainError
from projects.importing.login import without_login
from projects.review import OPTION


class ChangeTextForm(forms.Form):
    text = forms.CharField(
        max_length=20_000, label="What should be different?",
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True}),
        help_text="In your own words: “add tags to todos”, “books have a publisher”, “remove the notes from todos”.",
    )  # fmt: skip
    budget_usd = forms.DecimalField(
        required=False, min_value=0, max_digits=12, decimal_places=6, label="Budget",
        help_text="US dollars for models. What rules understand costs nothing.",
    )  # fmt: skip
    review_spec = forms.BooleanField(
        required=False, label="Review what was understood before anything is made",
        help_text="The change waits until somebody approves the Spec.",
    )  # fmt: skip

    def options(self) -> dict[str, Any]:
        """What of the form is an option of the build."""
        return {OPTION: True} if self.cleaned_data[OPTION] else {}


class ImportForm(forms.Form):
    url = forms.CharField(
        required=False, max_length=1500, label="Address",
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/team/app.git", "autofocus": True}),
        help_text="https. Of a private repository with a name and a token: https://name:token@example.com/app.git. "
        "They are used once, to fetch it, and then forgotten.",
    )  # fmt: skip
    file = forms.FileField(
        required=False, max_length=200, label="Or a file",
        help_text="A git bundle (its history is kept: git bundle create app.bundle --all), or a zip. At most 100 MB.",
    )  # fmt: skip
    branch = forms.CharField(required=False, max_length=120, label="Branch", help_text="Empty: the one it shows.")
    name = forms.CharField(required=False, max_length=80, label="Name", help_text="Empty: the repository's.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._forget_login()
        if not self.errors and bool(data.get("url")) == bool(data.get("file")):
            raise forms.ValidationError("Give an address or a file, one of them.")
        return data

    def _forget_login(self) -> None:
        """What is shown again, where something is refused, holds no password."""
        try:
            shown, login = without_login(self.data.get("url", ""))
        except DomainError:
            shown, login = "", "some"
        if login:
            self.data = {**{name: self.data.get(name) for name in self.data}, "url": shown}
