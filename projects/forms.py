"""The form of a new build."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from autodev.blueprints.registry import all_blueprints
from projects.states import BuildState

PAIRS_MAX = 40


def blueprint_choices() -> list[tuple[str, str]]:
    """What can be chosen by hand; the first leaves it to the analysis of the idea."""
    shown = [b.manifest for b in all_blueprints() if not b.manifest.hidden]
    return [("", "Choose by the idea"), *((m.name, m.title) for m in shown)]


class BuildForm(forms.Form):
    idea = forms.CharField(
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "autofocus": True}),
        label="What should it do?",
        help_text="One sentence is enough. Say what the things are called and which rules hold.",
    )
    blueprint = forms.ChoiceField(required=False, label="Blueprint")
    deadline_minutes = forms.IntegerField(
        required=False, min_value=1, max_value=7 * 24 * 60, label="Deadline", help_text="Minutes from now."
    )
    budget_usd = forms.DecimalField(
        required=False, min_value=0, max_digits=12, decimal_places=6, label="Budget",
        help_text="US dollars for models. The blueprint engine costs nothing.",
    )  # fmt: skip
    review_spec = forms.BooleanField(
        required=False, label="Review the Spec before building",
        help_text="After the idea is understood the build waits until somebody approves what was understood.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["blueprint"]
        if isinstance(field, forms.ChoiceField):
            field.choices = blueprint_choices()


def pairs_of(data: QueryDict, name: str) -> dict[str, str]:
    """The rows `<name>_key` / `<name>_value` of a form as a dictionary; rows without a key are left out."""
    keys, values = data.getlist(f"{name}_key")[:PAIRS_MAX], data.getlist(f"{name}_value")[:PAIRS_MAX]
    return {k.strip()[:80]: v.strip()[:400] for k, v in zip(keys, values, strict=False) if k.strip()}


class FilterForm(forms.Form):
    """What the list of builds is narrowed to; anything unknown is ignored."""

    state = forms.ChoiceField(required=False, choices=[("", "All"), *BuildState.choices])
    q = forms.CharField(required=False, max_length=200)
