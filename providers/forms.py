"""The forms of the pages about providers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django import forms

from autodev.contracts.job import JobKind
from providers.config.reading import MOST_CHARACTERS
from providers.failures.kinds import FailureKind
from providers.routing.chains import DEFAULT
from providers.states import CallOutcome
from providers.targets import Capability

TOKENS_MAX = 100_000_000


class ConfigForm(forms.Form):
    """The whole models.yaml. `seen` says which text was previewed, beside which revision."""

    text = forms.CharField(
        max_length=MOST_CHARACTERS,
        strip=False,
        label="models.yaml",
        widget=forms.Textarea(
            attrs={
                "rows": 30,
                "spellcheck": "false",
                "autocapitalize": "off",
                "autocomplete": "off",
                "wrap": "off",
                "class": "editor-text",
                "x-ref": "text",
                "x-on:input": "changed",
                "x-on:scroll": "follow",
            }
        ),
    )
    note = forms.CharField(max_length=200, required=False, label="Note", help_text="Why; it stands in the history.")
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        return text.replace("\r\n", "\n")


def seen_of(text: str, revision: int) -> str:
    """What `seen` holds once this text was previewed beside this revision."""
    return hashlib.sha256(f"{revision}:{text}".encode()).hexdigest()


class DryRunForm(forms.Form):
    """A job that nobody does: who would be asked?"""

    kind = forms.ChoiceField(label="Kind of task")
    input_tokens = forms.IntegerField(
        required=False, min_value=0, max_value=TOKENS_MAX, label="Input", help_text="Tokens."
    )
    output_tokens = forms.IntegerField(
        required=False, min_value=0, max_value=TOKENS_MAX, label="Output at most", help_text="Tokens."
    )
    budget_usd = forms.DecimalField(
        required=False, min_value=0, max_digits=12, decimal_places=4, label="It may cost", help_text="US dollars."
    )
    prefer = forms.ChoiceField(required=False, label="The user prefers")
    capabilities = forms.MultipleChoiceField(
        required=False,
        choices=[(one.value, one.value.capitalize()) for one in Capability],
        widget=forms.CheckboxSelectMultiple,
        label="It needs",
    )

    def __init__(self, *args: Any, chains: Iterable[str], providers: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = dict.fromkeys([DEFAULT, *(str(kind) for kind in JobKind), *chains])
        self.fields["kind"].choices = [(kind, kind.replace("_", " ").capitalize()) for kind in kinds]  # type: ignore[attr-defined] # it is a ChoiceField
        self.fields["prefer"].choices = [("", "Nobody"), *((name, name) for name in providers)]  # type: ignore[attr-defined] # as above


class CallFilterForm(forms.Form):
    """Which attempts of the ledger are shown."""

    provider = forms.ChoiceField(required=False, label="Provider")
    outcome = forms.ChoiceField(required=False, label="Outcome", choices=[("", "Any"), *CallOutcome.choices])
    kind = forms.ChoiceField(
        required=False,
        label="Kind of failure",
        choices=[("", "Any"), *((kind.value, kind.value.replace("_", " ")) for kind in FailureKind)],
    )
    build = forms.UUIDField(required=False, label="Build")

    def __init__(self, *args: Any, providers: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [("", "Any"), *((name, name) for name in providers)]  # type: ignore[attr-defined] # it is a ChoiceField


class DecisionFilterForm(forms.Form):
    task_kind = forms.CharField(required=False, max_length=60, label="Kind of task")
    build = forms.UUIDField(required=False, label="Build")
    switches = forms.BooleanField(required=False, label="Only switches")
