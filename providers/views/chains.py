"""One chain: who is asked in which order. Each step says at once who would be asked then; nothing holds before it is
saved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from autodev.contracts.job import JobKind
from autodev.lib.errors import DomainError
from providers.chain_forms import ChainForm
from providers.config import store
from providers.config.loading import chain_views
from providers.config.settings import Settings
from providers.kinds.agents import is_agent_kind
from providers.live.fresh import fresh
from providers.live.view import WorkspaceView
from providers.models import Chain, Provider
from providers.routing.chains import DEFAULT
from providers.services.chains import chain_remove, chain_save
from providers.states import Strategy
from providers.views.frame import DOOR, providers_access
from providers.views.routing import DryRun, dry_run

MEANWHILE = "Somebody changed this chain meanwhile: it is now {now}. Save again to put yours in its place."


@require_http_methods(["GET", "POST"])
@signed_in
def chain(request: UserRequest, slug: str) -> HttpResponseBase:
    """`?kind=` names the chain; without it a new one is made. POST is one step of editing (`do`), or `do=save`."""
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    document = store.raw(access.workspace.pk)
    kind = request.GET.get("kind", "")
    chains, names = document.get("chains", {}), list(document.get("providers", {}))
    there: dict[str, Any] = chains.get(kind) or {}
    initial = {"strategy": there.get("strategy", ""), "seen": _seen(there)}
    do = request.POST.get("do", "")
    form = ChainForm(request.POST or None, initial=initial, taken=chains, named=bool(kind), whole=do == "save")
    members = list((there or chains.get(DEFAULT) or {}).get("providers", ()))
    if request.method == "POST":
        members = [name for name in dict.fromkeys(request.POST.getlist("member")) if name in names]
        last = [name for name, one in document["providers"].items() if one.get("emergency")]
        members = stepped(members, do, request.POST.get("add", ""), names, last)
        if form.is_valid() and do == "save" and _saved(request, access, form, kind, members, there):
            return redirect("providers:routing", slug=slug)
    wanted = {**initial, **(form.cleaned_data if form.is_bound else {})}
    context = {
        "access": access,
        "tab": "routing",
        "form": form,
        "kind": kind,
        "there": bool(there),
        "default": kind == DEFAULT,
        "members": members,
        "others": [name for name in names if name not in members],
        "kinds": [DEFAULT, *(str(one) for one in JobKind)],
        "changed": request.method == "POST",
        "run": _tried(access, kind or wanted.get("kind", ""), members, wanted) if members else None,
    }
    return render(request, "providers/chain.html", context, status=422 if do == "save" else 200)


@require_POST
@signed_in
def remove(request: UserRequest, slug: str) -> HttpResponseBase:
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    kind = request.POST.get("kind", "")
    chain_remove(workspace=access.workspace, actor=request.user, task_kind=kind, door=DOOR)
    messages.success(request, f"The default chain serves {kind} now. The history of models.yaml brings its own back.")
    return redirect("providers:routing", slug=slug)


def stepped(members: Sequence[str], do: str, add: str, names: Sequence[str], last: Sequence[str] = ()) -> list[str]:
    """The order after one step: `up NAME`, `down NAME` (at an end it goes round), `remove NAME`, or `add`, which puts
    `add` before the emergency ones (`last`) at the end."""
    order = list(members)
    step, _, name = do.partition(" ")
    if step == "add" and add in names and add not in order:
        behind = len(order)
        while behind and order[behind - 1] in last:
            behind -= 1
        return [*order[:behind], add, *order[behind:]]
    if name not in order:
        return order
    place = order.index(name)
    order.remove(name)
    if step in ("up", "down"):
        order.insert((place + (1 if step == "down" else -1)) % len(members), name)
    return order


def _saved(
    request: UserRequest,
    access: Access,
    form: ChainForm,
    kind: str,
    members: Sequence[str],
    there: dict[str, Any],
) -> bool:
    """What is refused stands in the form, and nothing of it is lost."""
    data = form.cleaned_data
    if data["seen"] != _seen(there):
        now = " → ".join(there.get("providers", ())) or "gone"
        again = request.POST.copy()
        again["seen"] = _seen(there)
        form.data = again
        form.add_error(None, MEANWHILE.format(now=now))
        return False
    if not members:
        form.add_error("add", "A chain names at least one provider.")
        return False
    kind = kind or data["kind"]
    strategy = Strategy(data["strategy"]) if data["strategy"] else None
    try:
        chain_save(
            workspace=access.workspace, actor=request.user, task_kind=kind, providers=members,
            strategy=strategy, enabled=there.get("enabled", True), door=DOOR,
        )  # fmt: skip
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    messages.success(request, f"Saved: {kind} asks {', then '.join(members)}.")
    return True


def _tried(access: Access, kind: str, members: Sequence[str], wanted: dict[str, Any]) -> DryRun:
    """Who would be asked if the chain were so."""
    found = fresh(access.workspace.pk)
    row = Chain(task_kind=kind or DEFAULT, strategy=wanted.get("strategy") or "", providers=list(members))
    view = with_chain(found.view, row, access)
    asked = {"kind": row.task_kind, "output_tokens": None, "budget_usd": None, "prefer": ""}
    tokens, needs = wanted.get("input_tokens"), wanted.get("capabilities") or []
    return dry_run(view, {**asked, "input_tokens": tokens, "capabilities": needs}, found.now)


def with_chain(view: WorkspaceView, row: Chain, access: Access) -> WorkspaceView:
    """The view as it would be with this chain."""
    document = store.raw(access.workspace.pk)
    chains = document.get("chains", {}).items()
    rows = [Chain(task_kind=kind, strategy=one.get("strategy", ""), providers=one["providers"]) for kind, one in chains]
    kinds = Provider.objects.filter(workspace=access.workspace).values_list("name", "kind")
    found = chain_views(
        [*(one for one in rows if one.task_kind != row.task_kind), row],
        programs={name for name, kind in kinds if is_agent_kind(kind)},
        follow=Settings.model_validate(document.get("settings", {})).fallback_system.chain_strategy,
    )
    return replace(view, chains={**view.chains, row.task_kind: found[row.task_kind]})


def _seen(there: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(there, sort_keys=True).encode()).hexdigest()
