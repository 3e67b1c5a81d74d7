"""The forms by which a person changes a Spec: its text, and one part at a time."""

from __future__ import annotations

from typing import Any, get_args

from django import forms
from pydantic import ValidationError

from autodev.lib.invalid import in_words
from autodev.pages.editor import editor_area
from autodev.spec.editing import changes
from autodev.spec.editing.text import TEXT_MAX
from autodev.spec.schema import FieldSpec, FieldType, Spec

TYPES = [(name, name) for name in get_args(FieldType)]


class VersionForm(forms.Form):
    """Every change says which version it was made on."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class SpecTextForm(VersionForm):
    text = forms.CharField(
        max_length=TEXT_MAX,
        strip=False,
        label="The Spec",
        widget=editor_area(28),
    )  # fmt: skip


class ChangeForm(VersionForm):
    """One small change. `apply` gives the Spec with it, or raises CannotChange."""

    change = ""
    entity = forms.CharField(max_length=63, widget=forms.HiddenInput)

    def apply(self, spec: Spec) -> Spec:
        raise NotImplementedError


class AddFieldForm(ChangeForm):
    change = "add_field"
    name = forms.CharField(max_length=63, label="Name", help_text="Small letters, digits and underscores.")
    type = forms.ChoiceField(choices=TYPES, label="Type")
    choices = forms.CharField(
        required=False, max_length=1000, label="Choices", help_text="Of an enum, with commas between."
    )
    required = forms.BooleanField(required=False, label="Required")
    unique = forms.BooleanField(required=False, label="Unique")

    def apply(self, spec: Spec) -> Spec:
        data = self.cleaned_data
        choices = [word.strip() for word in data["choices"].split(",") if word.strip()]
        given: dict[str, Any] = {"name": data["name"], "type": data["type"], "choices": choices}
        try:
            field = FieldSpec(**given, required=data["required"], unique=data["unique"])
        except ValidationError as error:
            first = error.errors()[0]
            hint = "Small letters, digits and underscores; the first is a letter."
            raise changes.CannotChange(f"{first['loc'][0]}: {in_words(first)}", hint=hint) from error
        return changes.add_field(spec, entity=data["entity"], field=field)


class RenameFieldForm(ChangeForm):
    change = "rename_field"
    name = forms.CharField(max_length=63, widget=forms.HiddenInput)
    new_name = forms.RegexField(
        regex=r"^[a-z][a-z0-9_]{0,62}$", label="New name",
        error_messages={"invalid": "Small letters, digits and underscores; the first is a letter."},
    )  # fmt: skip

    def apply(self, spec: Spec) -> Spec:
        data = self.cleaned_data
        return changes.rename_field(spec, entity=data["entity"], name=data["name"], new_name=data["new_name"])


class RemoveFieldForm(ChangeForm):
    change = "remove_field"
    name = forms.CharField(max_length=63, widget=forms.HiddenInput)

    def apply(self, spec: Spec) -> Spec:
        return changes.remove_field(spec, entity=self.cleaned_data["entity"], name=self.cleaned_data["name"])


class NotWantedForm(ChangeForm):
    change = "not_wanted"
    entity = forms.CharField(required=False, widget=forms.HiddenInput)
    requirement = forms.CharField(max_length=63, widget=forms.HiddenInput)

    def apply(self, spec: Spec) -> Spec:
        return changes.not_wanted(spec, requirement=self.cleaned_data["requirement"])


CHANGES: dict[str, type[ChangeForm]] = {
    form.change: form for form in (AddFieldForm, RenameFieldForm, RemoveFieldForm, NotWantedForm)
}
