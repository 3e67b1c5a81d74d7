"""Agent programs made and changed by form; whether the program is here, and how it comes here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest
from autodev.contracts.job import JobKind
from autodev.programs.known import AGENTS, find
from autodev.programs.types import ProgramMissing
from providers.agent_forms import PARAMS, AgentForm, initial_of
from providers.config import store
from providers.kinds.agents import agent_kinds, is_agent_kind, why_not
from providers.live.fresh import fresh
from providers.models import Provider
from providers.views.saving import named_by, saved, seen_of

# Who changes files; a new program stands at the end of these chains, as those that ship do.
CHAINS = (JobKind.IMPLEMENT.value, JobKind.REPAIR.value)


@dataclass(frozen=True, kw_only=True)
class Program:
    """`missing` says why it cannot run on this machine, empty where it can; `command` installs it, empty for a
    plug-in's, which nobody but its makers can say."""

    kind: str
    title: str
    version: str = ""
    missing: str = ""
    command: str = ""


def kinds() -> tuple[tuple[str, str], ...]:
    """The kinds of agent programs with their titles."""
    titles = {one.kind: one.title for one in AGENTS.values()}
    return tuple((name, titles.get(name, name)) for name in agent_kinds())


def program_of(kind: str) -> Program:
    """What this machine knows of it. Starts nothing."""
    known = next((one for one in AGENTS.values() if one.kind == kind), None)
    if known is None:
        return Program(kind=kind, title=kind, missing=why_not(kind, ""))
    command = f"autodev agents install {known.name}"
    try:
        return Program(kind=kind, title=known.title, version=find(known.name).version, command=command)
    except ProgramMissing as error:
        return Program(kind=kind, title=known.title, missing=error.message, command=command)


def new(request: UserRequest, access: Access, kind: str) -> HttpResponseBase:
    """One more, at the ends of the chains whose work it does."""
    form = AgentForm(request.POST or None, words=_words(access))
    del form.fields["seen"]
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if saved(request, access, form, name, part=lambda row: _part(form, row, kind), chains=CHAINS):
            said = f"{name} is added at the end of the chains {' and '.join(CHAINS)}. Test it on its card."
            messages.success(request, said)
            return redirect("providers:health", slug=access.workspace.slug)
    return _page(request, access, form, kind)


def edit(request: UserRequest, access: Access, row: Provider) -> HttpResponseBase:
    """What the form does not show stays as models.yaml has it, so do a plug-in's own parameters."""
    initial = {**initial_of(row.model, row.document.get("params") or {}), "seen": seen_of(row)}
    form = AgentForm(request.POST or None, words=_words(access), initial=initial)
    del form.fields["name"]

    def part(now: Provider | None) -> dict[str, Any]:
        return _part(form, now, row.kind)

    if request.method == "POST" and form.is_valid() and saved(request, access, form, row.name, part=part):
        messages.success(request, f"{row.name} is changed.")
        return redirect("providers:health", slug=access.workspace.slug)
    return _page(request, access, form, row.kind, provider=row)


def _part(form: AgentForm, row: Provider | None, kind: str) -> dict[str, Any]:
    part: dict[str, Any] = store.provider_part(row) if row is not None else {"kind": kind}
    kept = {name: value for name, value in (part.get("params") or {}).items() if name not in PARAMS}
    given: dict[str, Any] = {"model": form.cleaned_data["model"], "params": {**kept, **form.params()}}
    part = {name: value for name, value in part.items() if name not in given}
    return part | {name: value for name, value in given.items() if value}


def _words(access: Access) -> list[str]:
    """Chains, and providers that complete messages."""
    view = fresh(access.workspace.pk).view
    models = [one.name for one in view.targets.values() if not (one.emergency or is_agent_kind(one.kind))]
    return list(dict.fromkeys([*view.chains, *models]))


def _page(
    request: UserRequest, access: Access, form: AgentForm, kind: str, *, provider: Provider | None = None
) -> HttpResponseBase:
    context = {
        "access": access, "tab": "health", "form": form, "provider": provider, "models": form.words,
        "named_by": named_by(provider) if provider is not None else (),
        "program": program_of(kind), "kinds": kinds() if provider is None else (), "kind": kind,
    }  # fmt: skip
    return render(request, "providers/program.html", context, status=422 if form.errors else 200)
