"""Every attempt and every decision, and why it went that way."""

from __future__ import annotations

import json
import uuid

from django.core.paginator import Paginator
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from autodev.accounts.http import UserRequest, signed_in
from providers import selectors
from providers.forms import WORK, CallFilterForm, DecisionFilterForm
from providers.ledger.replays import by_strategy
from providers.models import Provider
from providers.states import CallPurpose
from providers.views.cards import told
from providers.views.frame import providers_access
from providers.views.places import places_of

A_PAGE = 50


@require_safe
@signed_in
def calls(request: UserRequest, slug: str) -> HttpResponseBase:
    """Attempts, the newest first. A filter that is no filter shows nothing and says so."""
    access = providers_access(request, slug)
    names = Provider.objects.filter(workspace=access.workspace).order_by("name").values_list("name", flat=True)
    form = CallFilterForm(request.GET, providers=list(names))
    rows = selectors.calls(access.workspace.pk)
    if form.is_valid():
        wanted = form.cleaned_data
        rows = selectors.calls(
            access.workspace.pk, provider=wanted["provider"], outcome=wanted["outcome"], build_id=wanted["build"],
            purpose="" if wanted["purpose"] == WORK else wanted["purpose"],
        )  # fmt: skip
        rows = rows.exclude(purpose=CallPurpose.PROBE) if wanted["purpose"] == WORK else rows
        rows = rows.filter(failure_kind=wanted["kind"]) if wanted["kind"] else rows
    else:
        rows = rows.none()
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"access": access, "tab": "calls", "form": form, "page": page, "filtered": _filtered(request)}
    return render(request, "providers/calls.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def call(request: UserRequest, slug: str, call_id: uuid.UUID) -> HttpResponseBase:
    """One attempt, with the others of its request."""
    access = providers_access(request, slug)
    found = selectors.calls(access.workspace.pk).filter(pk=call_id).first()
    if found is None:
        raise Http404("There is no such call.")
    others = selectors.calls(access.workspace.pk, request_id=found.request_id).order_by("attempt", "pk")
    failure = told(found) if found.failure_kind else None
    context = {"access": access, "tab": "calls", "call": found, "others": others, "failure": failure}
    return render(request, "providers/call.html", context)


@require_safe
@signed_in
def decisions(request: UserRequest, slug: str) -> HttpResponseBase:
    access = providers_access(request, slug)
    form = DecisionFilterForm(request.GET)
    rows = selectors.decisions(access.workspace.pk)
    if form.is_valid():
        wanted = form.cleaned_data
        rows = selectors.decisions(
            access.workspace.pk, task_kind=wanted["task_kind"], build_id=wanted["build"], switches=wanted["switches"]
        )
    else:
        rows = rows.none()
    page = Paginator(rows.defer("inputs", "candidates"), A_PAGE).get_page(request.GET.get("page"))
    context = {"access": access, "tab": "decisions", "form": form, "page": page, "filtered": _filtered(request)}
    return render(request, "providers/decisions.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def decision(request: UserRequest, slug: str, decision_id: uuid.UUID) -> HttpResponseBase:
    """The order with its scores, the gates, why not the others, and what came of it."""
    access = providers_access(request, slug)
    found = selectors.decision(access.workspace.pk, decision_id)
    if found is None:
        raise Http404("There is no such decision.")
    context = {
        "access": access,
        "tab": "decisions",
        "decision": found,
        "places": places_of(found.candidates),
        "by_strategy": by_strategy(found),
        "inputs": json.dumps(found.inputs, indent=2, ensure_ascii=False),
    }
    return render(request, "providers/decision.html", context)


def _filtered(request: UserRequest) -> bool:
    return any(value for name, value in request.GET.items() if name != "page")
