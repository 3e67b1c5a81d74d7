"""The form of one chain."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from django import forms

from providers.forms import TOKENS_MAX
from providers.states import Strategy
from providers.targets import Capability


class ChainForm(forms.Form):
    """What is said of a chain beside its order, and the job that it is tried with. A chain that has its name keeps it.
    `seen` says what held when it was shown."""

    kind = forms.RegexField(
        r"^[a-z][a-z0-9_-]{0,59}$",
        label="For",
        help_text="A kind of task (implement, repair, …), a task class, or what tools give the gateway as model.",
        error_messages={
            "required": "Say what it is for.",
            "invalid": "Small letters, digits, hyphens and underscores; a letter first.",
        },
        widget=forms.TextInput(attrs={"list": "kinds", "autocomplete": "off", "spellcheck": "false"}),
    )
    strategy = forms.ChoiceField(
        required=False,
        label="Strategy",
        choices=[("", "As the settings say"), *((one.value, one.label) for one in Strategy)],
    )
    add = forms.CharField(required=False)
    input_tokens = forms.IntegerField(
        required=False, min_value=0, max_value=TOKENS_MAX, label="Tried with an input of", help_text="Tokens."
    )
    capabilities = forms.MultipleChoiceField(
        required=False,
        choices=[(one.value, one.value.capitalize()) for one in Capability],
        widget=forms.CheckboxSelectMultiple,
        label="that needs",
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, taken: Container[str], named: bool, whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._taken = taken
        self.fields["kind"].required = whole
        if named:
            del self.fields["kind"]

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        if kind in self._taken:
            raise forms.ValidationError("There is a chain for it already; change that one.")
        return kind
