"""Where the workspace stands: its state in plain words, what happens next, how well recovery does."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.http import UserRequest, signed_in
from recovery.metrics import metrics_of
from recovery.selectors.cards import cards_of, window
from recovery.selectors.decisions import decisions
from recovery.selectors.outlook import outlook_of
from recovery.selectors.requests import open_requests
from recovery.templatetags.recovery import state_context
from recovery.views.frame import recovery_access

NEWEST = 8
ASKED = 3


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def overview(request: UserRequest, slug: str) -> HttpResponseBase:
    """A constant number of queries."""
    access = recovery_access(request, slug)
    metrics = metrics_of(access.workspace.pk)
    context = {
        "access": access,
        "tab": "overview",
        "outlook": outlook_of(access.workspace),
        "questions": open_requests(access.workspace.pk)[:ASKED],
        "cards": cards_of(metrics),
        "window": window(metrics),
        "decided": decisions(access.workspace.pk)[:NEWEST],
    }
    return render(request, "recovery/overview_live.html" if request.htmx else "recovery/overview.html", context)


@require_safe
@signed_in
def state(request: UserRequest, slug: str) -> HttpResponseBase:
    """The banner of every page, alone."""
    return render(request, "recovery/state_live.html", state_context(recovery_access(request, slug)))
