"""What models.yaml was, who changed it, and back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from providers.config import diff, revisions, store, transfer
from providers.models import ConfigRevision
from providers.views.frame import DOOR, providers_access
from providers.views.patch import patch

A_PAGE = 25


@require_safe
@signed_in
def history(request: UserRequest, slug: str) -> HttpResponseBase:
    """The newest first."""
    access = providers_access(request, slug)
    rows = ConfigRevision.objects.filter(workspace=access.workspace).select_related("created_by").defer("document")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "providers/history.html", {"access": access, "tab": "config", "page": page})


@require_safe
@signed_in
def revision(request: UserRequest, slug: str, number: int) -> HttpResponseBase:
    """What the revision changed, and how it differs from what holds now."""
    access = providers_access(request, slug)
    found = revisions.revision(access.workspace.pk, number)
    rows = ConfigRevision.objects.filter(workspace=access.workspace, number__lt=number)
    before = rows.order_by("-number").first()
    made = diff.unified(before.document if before else {}, found.document, names=("before", f"revision {number}"))
    since = diff.unified(store.raw(access.workspace.pk), found.document, names=("now", f"revision {number}"))
    context = {"access": access, "tab": "config", "revision": found, "made": patch(made), "since": patch(since)}
    return render(request, "providers/revision.html", context)


@require_POST
@signed_in
def revert(request: UserRequest, slug: str, number: int) -> HttpResponseBase:
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    transfer.revert(workspace=access.workspace, number=number, actor=request.user, door=DOOR)
    messages.success(request, f"The configuration is what it was at revision {number}.")
    return redirect("providers:history", slug=slug)
