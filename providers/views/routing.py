"""Who is asked for what: the chains and rules as they hold, and a dry run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from autodev.accounts.http import UserRequest, signed_in
from providers.forms import DryRunForm
from providers.live.fresh import fresh
from providers.live.view import WorkspaceView
from providers.routing import dry
from providers.routing.choice import Choice
from providers.routing.need import Need
from providers.targets import Capability
from providers.views.frame import providers_access
from providers.views.places import Place, places_of
from providers.views.spending import Spending, spending_of


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """`chosen` is empty where nobody could be asked. `waits` says when the chosen one, whose circuit is open, is asked
    again; else it is empty. `spending` is what a budget that is used up says of it."""

    choice: Choice
    places: tuple[Place, ...]
    waits: str = ""
    spending: Spending | None = None

    @property
    def chosen(self) -> str:
        return self.choice.chosen

    @property
    def because(self) -> str:
        first = self.choice.candidates[0] if self.choice.candidates else None
        if first is None or first.target.emergency:
            return self.choice.reason
        return first.reason


@require_safe
@signed_in
def routing(request: UserRequest, slug: str) -> HttpResponseBase:
    """The dry run's form goes by GET, so that a question has an address."""
    access = providers_access(request, slug)
    found = fresh(access.workspace.pk)
    view, now = found.view, found.now
    asked = request.GET if "kind" in request.GET else None
    form = DryRunForm(asked, chains=view.chains, providers=view.targets, initial={"kind": "implement"})
    context = {
        "access": access,
        "tab": "routing",
        "form": form,
        "run": dry_run(view, form.cleaned_data, now) if form.is_valid() else None,
        "chains": list(view.chains.values()),
        "rules": [{"name": rule.name, "when": _said(rule.when), "then": _said(rule.then)} for rule in view.rules],
        "incumbents": sorted(view.incumbents.items()),
        "fallback": view.fallback,
    }
    return render(request, "providers/routing.html", context, status=422 if form.errors else 200)


def dry_run(view: WorkspaceView, asked: dict[str, Any], now: float) -> DryRun:
    """What the routing would do with such a job at this moment; nobody is asked."""
    output_tokens = asked["output_tokens"] or 0
    need = Need(
        workspace_id=view.workspace_id,
        task_kind=asked["kind"],
        budget_usd=asked["budget_usd"],
        prefer=(asked["prefer"],) if asked["prefer"] else (),
        capabilities=frozenset(Capability(one) for one in asked["capabilities"]),
        input_tokens=asked["input_tokens"] or 0,
    )

    choice = dry.dry_run(view, need, now, output_tokens=output_tokens)
    estimate = dry.estimating(need.input_tokens or 0, output_tokens)
    costs = {name: estimate(target) for name, target in view.targets.items()}
    first = choice.candidates[0] if choice.candidates else None
    waits = dry.when(first, now) if first is not None and not first.closed and not first.target.emergency else ""
    spending = spending_of(view)
    return DryRun(
        choice=choice,
        places=places_of(choice.places(), costs),
        waits=waits,
        spending=spending if spending is not None and spending.spent else None,
    )


def _said(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A rule's conditions or wishes in words."""
    return [(name.replace("_", " "), ", ".join(str(one) for one in _listed(value))) for name, value in part.items()]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
