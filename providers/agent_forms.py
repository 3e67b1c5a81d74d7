"""The form of an agent program: what it asks the gateway for, its limits, and the servers beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from pydantic import ValidationError

from providers.config import reading
from providers.config.agents import AgentParams
from providers.config.problems import ConfigInvalid, Problem
from providers.config.secrets import check_params
from providers.config.wording import said

PARAMS = tuple(AgentParams.model_fields)
EXAMPLE = "tickets:\n  command: node\n  args: [/opt/tools/tickets.js]\n  env: {PROJECT: shop}"


class AgentForm(forms.Form):
    """`seen` says what held when it was shown. What has no value is left to the installation."""

    name = forms.SlugField(max_length=60, label="Name", help_text="Chains and rules call it so.")
    model = forms.CharField(
        required=False,
        max_length=200,
        label="Asks the gateway for",
        help_text="A chain, a provider or a model of this workspace. Empty: the chain of the work at hand.",
        widget=forms.TextInput(attrs={"list": "models", "autocomplete": "off", "spellcheck": "false"}),
    )
    max_turns = forms.IntegerField(required=False, min_value=1, max_value=10_000, label="Answers of a model")
    max_budget_usd = forms.DecimalField(
        required=False,
        max_digits=12,
        decimal_places=6,
        label="It may spend",
        help_text="US dollars in one run, of the job's budget.",
    )
    run_seconds = forms.FloatField(required=False, label="One run takes")
    silence_seconds = forms.FloatField(required=False, label="It may be silent")
    mcp_servers = forms.CharField(
        required=False,
        max_length=20_000,
        strip=False,
        label="MCP servers",
        help_text="YAML or JSON: a name, with its command, args and env. They run beside it in the sandbox, without a "
        "network; no key belongs here.",
        widget=forms.Textarea(
            attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off",
                   "placeholder": EXAMPLE, "data-code": ""}
        ),
    )  # fmt: skip
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, words: Iterable[str], **kwargs: Any) -> None:
        """`words` are what may be asked for, as a proposal; the gateway takes any word."""
        super().__init__(*args, **kwargs)
        self.words = tuple(words)
        lower = "Only lowers the installation's"
        self.fields["max_turns"].help_text = f"In one run, at most. {lower} {settings.AGENT_MAX_TURNS}."
        self.fields["run_seconds"].help_text = f"Seconds, at most. {lower} {settings.AGENT_RUN_SECONDS}."
        silence = settings.AGENT_SILENCE_SECONDS
        self.fields["silence_seconds"].help_text = f"Seconds, while no tool runs. {lower} {silence}."

    def clean_model(self) -> str:
        model: str = self.cleaned_data["model"].strip()
        if any(character.isspace() for character in model):
            raise forms.ValidationError("The word has no blanks.")
        return model

    def clean_mcp_servers(self) -> dict[str, Any]:
        """As models.yaml has them. What is wrong is said with its line."""
        text: str = self.cleaned_data["mcp_servers"].replace("\r\n", "\n")
        try:
            return servers_in(text)
        except ConfigInvalid as invalid:
            raise forms.ValidationError([_line(problem) for problem in invalid.problems]) from invalid

    def clean(self) -> dict[str, Any]:
        """Bounds of numbers are those of models.yaml."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name, problem in _wrong({name: data[name] for name in PARAMS if data.get(name) not in (None, {})}):
            self.add_error(name, f"It {problem}.")
        return data

    def params(self) -> dict[str, Any]:
        """What was said, as JSON holds it."""
        given = {name: self.cleaned_data[name] for name in PARAMS if self.cleaned_data.get(name) not in (None, {})}
        return AgentParams.model_validate(given).stated()


def initial_of(model: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a row."""
    servers = params.get("mcp_servers")
    known = {name: params[name] for name in PARAMS if name in params and name != "mcp_servers"}
    return {"model": model, **known, "mcp_servers": reading.as_yaml(servers) if isinstance(servers, Mapping) else ""}


def servers_in(text: str) -> dict[str, Any]:
    """YAML or JSON of MCP servers; nothing for an empty text. Raises ConfigInvalid with lines."""
    found = reading.read(text, source="")
    try:
        servers = AgentParams.model_validate({"mcp_servers": found.data or {}})
        check_params({"mcp_servers": found.data or {}})
    except ValidationError as error:
        told = [said(one, AgentParams) for one in error.errors(include_input=False, include_url=False)]
        problems = tuple(Problem(place=one.place[1:], message=one.message) for one in told)
        raise found.located(problems) from error
    except ValueError as error:
        raise ConfigInvalid([Problem(place=(), message=str(error).replace("mcp_servers.", ""))], source="") from error
    stated: dict[str, Any] = servers.stated().get("mcp_servers", {})
    return stated


def _wrong(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    try:
        AgentParams.model_validate(given)
    except ValidationError as error:
        told = [said(one, AgentParams) for one in error.errors(include_input=False, include_url=False)]
        return [(str(one.place[0]), one.message) for one in told]
    return []


def _line(problem: Problem) -> str:
    text = problem.said("")
    return text[:1].upper() + text[1:]
