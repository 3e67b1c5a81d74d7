"""The forms of the pages about providers."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable
from typing import Any

from django import forms

from autodev.contracts.job import JobKind
from autodev.pages.editor import editor_area
from providers.config.provider import ENV
from providers.config.reading import MOST_CHARACTERS
from providers.drill.faults import FAULTS
from providers.failures.kinds import FailureKind
from providers.models.money import BudgetScope
from providers.routing.chains import DEFAULT
from providers.services.drills import LONGEST_S
from providers.states import CallOutcome, CallPurpose
from providers.subjects import names_of, owned
from providers.targets import Capability

TOKENS_MAX = 100_000_000
KEY_AGAIN = "Write the key once more: a page never holds one."
WORK = "work"  # of calls: whatever is no probe
OF_SUBJECTS = {BudgetScope.PROJECT.value, BudgetScope.BUILD.value}


class ConfigForm(forms.Form):
    """The whole models.yaml. `seen` says which text was previewed, beside which revision."""

    text = forms.CharField(
        max_length=MOST_CHARACTERS,
        strip=False,
        label="models.yaml",
        widget=editor_area(30),
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
    purpose = forms.ChoiceField(
        required=False,
        label="Made for",
        choices=[
            ("", "Anything"),
            (WORK, "Work, no probes"),
            (CallPurpose.JOB.value, "Jobs of builds"),
            (CallPurpose.GATEWAY.value, "The gateway"),
            (CallPurpose.AGENT.value, "Agent programs"),
            (CallPurpose.PROBE.value, "Probes"),
        ],
    )
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


SECRET = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
ENV_NAMES = re.compile(r"^[A-Z][A-Z0-9_]{0,99}$")


class ProviderForm(forms.Form):
    """What most people say of a provider; the rest stands in models.yaml. `seen` says what held when it was shown."""

    name = forms.SlugField(
        max_length=60,
        label="Name",
        help_text="Chains and rules call it so: letters, digits, hyphens and underscores.",
        error_messages={"invalid": "Only letters, digits, hyphens and underscores."},
    )
    model = forms.CharField(
        max_length=200,
        label="Model",
        help_text="With its provider in front, as litellm names it: openai/gpt-6.1-sol, anthropic/…, gemini/….",
        widget=forms.TextInput(attrs={"list": "models", "autocomplete": "off", "spellcheck": "false"}),
    )
    api_base = forms.CharField(
        required=False,
        max_length=300,
        label="Address",
        help_text="Only for endpoints of your own: http://host:port/v1.",
    )
    keys = forms.MultipleChoiceField(required=False, label="Stored keys", widget=forms.CheckboxSelectMultiple)
    env = forms.CharField(
        required=False,
        max_length=500,
        label="Keys in the environment",
        help_text="Names of variables of the worker, with commas between: OPENAI_API_KEY.",
    )
    secret = forms.CharField(
        required=False,
        max_length=8000,
        label="New key",
        help_text="Stored encrypted under the provider's name. It is never shown again.",
        widget=SECRET,
    )
    keyless = forms.BooleanField(required=False, label="It needs no key")
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, credentials: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keys"].choices = [(name, name) for name in credentials]  # type: ignore[attr-defined] # it is a choice field
        if not self.fields["keys"].choices:  # type: ignore[attr-defined] # as above
            del self.fields["keys"]

    def clean_model(self) -> str:
        model: str = self.cleaned_data["model"].strip()
        if any(character.isspace() for character in model):
            raise forms.ValidationError("A model's name has no blanks.")
        return model

    def clean_env(self) -> list[str]:
        names = [name.strip().removeprefix(ENV) for name in self.cleaned_data["env"].split(",") if name.strip()]
        wrong = [name for name in names if not ENV_NAMES.match(name)]
        if wrong:
            raise forms.ValidationError("Write names of variables here (capitals, digits, _), never a key itself.")
        return [f"{ENV}{name}" for name in names]


class CredentialForm(forms.Form):
    name = forms.CharField(max_length=80, label="Name", help_text="Providers list it by this name.")
    secret = forms.CharField(max_length=8000, label="Key", widget=SECRET)


class SecretForm(forms.Form):
    secret = forms.CharField(max_length=8000, label="New key", widget=SECRET)


class EndpointForm(forms.Form):
    url = forms.CharField(
        max_length=300, label="Address", help_text="Of a server that speaks OpenAI's or Ollama's interface."
    )


class BudgetForm(forms.Form):
    """A limit in dollars, in calls, or both."""

    scope = forms.ChoiceField(
        label="Of",
        choices=[
            (BudgetScope.MONTH.value, "Each calendar month"),
            (BudgetScope.WORKSPACE.value, "The workspace, for good"),
            (BudgetScope.PROJECT.value, "One project"),
            (BudgetScope.BUILD.value, "One build"),
        ],
    )
    subject = forms.UUIDField(
        required=False, label="Which", help_text="Only for one project or build.", widget=forms.Select()
    )
    limit_usd = forms.DecimalField(required=False, min_value=0, max_digits=14, decimal_places=6, label="US dollars")
    limit_calls = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, label="Calls")
    warn_at = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=100,
        label="Save from",
        help_text="Percent; without it what is usual here.",
    )

    def __init__(self, *args: Any, workspace_id: uuid.UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._workspace_id = workspace_id
        self.fields["subject"].widget.choices = [
            ("", "–"),
            *(
                (title, [(str(pk), name) for pk, name in names_of(scope, workspace_id).items()])
                for scope, title in ((BudgetScope.PROJECT, "Projects"), (BudgetScope.BUILD, "The newest builds"))
            ),
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        scope, subject = data.get("scope", ""), data.get("subject")
        if scope in OF_SUBJECTS and "subject" not in self.errors:
            if subject is None:
                self.add_error("subject", f"Say which {scope} it is for.")
            elif not owned(scope, self._workspace_id, subject):
                self.add_error("subject", f"There is no such {scope} in this workspace.")
        return data


class DrillForm(forms.Form):
    provider = forms.ChoiceField(label="Provider")
    fault = forms.ChoiceField(label="Fault", choices=[(name, fault.what) for name, fault in FAULTS.items()])
    share = forms.IntegerField(min_value=1, max_value=100, label="Share", help_text="Percent of its calls.")
    duration_s = forms.IntegerField(
        min_value=1, max_value=LONGEST_S, label="For", help_text="Seconds, at most an hour."
    )

    def __init__(self, *args: Any, providers: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [(name, name) for name in providers]  # type: ignore[attr-defined] # it is a ChoiceField
