"""Faults put into a provider on purpose: begun, ended, and what they did to live work."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from autodev.lib.errors import DomainError
from providers import selectors
from providers.drill.faults import FAULTS
from providers.forms import DrillForm
from providers.kinds.agents import is_agent_kind
from providers.models import Drill, Provider
from providers.services.drills import drill_report, drill_start, drill_stop, undrillable
from providers.services.errors import NoSuchThing
from providers.views.frame import providers_access

A_PAGE = 20
USUAL = {"share": 100, "duration_s": 60}


@dataclass(frozen=True, kw_only=True)
class Shown:
    drill: Drill
    what: str
    running: bool
    percent: int
    report: dict[str, object]


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Request")
@signed_in
def drills(request: UserRequest, slug: str) -> HttpResponseBase:
    """POST begins one. To htmx only the list, which lives while one is under way."""
    at_least = Role.MAINTAINER if request.method == "POST" else Role.VIEWER
    access = providers_access(request, slug, at_least=at_least)
    enabled = Provider.objects.filter(workspace=access.workspace, enabled=True).order_by("name")
    rows = {row.name: row for row in enabled if not (row.document.get("emergency") or undrillable(row))}
    form = DrillForm(request.POST or None, providers=rows, initial=USUAL)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            drill_start(
                workspace=access.workspace, provider=rows[data["provider"]], fault=data["fault"],
                share=data["share"] / 100, duration_s=data["duration_s"], actor=request.user,
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"The drill of {data['provider']} begins.")
            return redirect("providers:drills", slug=slug)
    found = Drill.objects.filter(workspace=access.workspace).select_related("provider", "started_by")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    shown = _shown(page)
    context = {"access": access, "tab": "drills", "form": form, "page": page, "drills": shown}
    context["live"] = any(one.running for one in shown)
    context["programs"] = [row.name for row in enabled if is_agent_kind(row.kind)]
    template = "providers/drills_live.html" if request.htmx else "providers/drills.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
@signed_in
def stop(request: UserRequest, slug: str, drill_id: uuid.UUID) -> HttpResponseBase:
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    row = Drill.objects.filter(workspace=access.workspace, pk=drill_id).first()
    if row is None:
        raise NoSuchThing("There is no such drill.")
    drill_stop(drill=row, actor=request.user)
    messages.success(request, "The drill has ended.")
    return redirect("providers:drills", slug=slug)


def _shown(rows: Iterable[Drill]) -> list[Shown]:
    """With its report: the kept one; as of now where it runs or has just ended, which costs some queries for each."""
    now = selectors.now()
    found = []
    for row in rows:
        running = row.stopped_at is None and row.until > now
        what = FAULTS[row.fault].what if row.fault in FAULTS else row.fault
        report = drill_report(drill=row).report or {}
        found.append(Shown(drill=row, what=what, running=running, percent=round(100 * row.share), report=report))
    return found
