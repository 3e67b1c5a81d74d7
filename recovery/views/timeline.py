"""What failed, what was thought, what was tried, what came of it: of a workspace and of a task."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.http import UserRequest, signed_in
from projects.guidance import guidance_of
from recovery.selectors.decisions import decisions, task_in
from recovery.selectors.fixes import known_fixes, strategy_records
from recovery.selectors.timeline import timeline_of
from recovery.views.acting import actions_of
from recovery.views.forms import TimelineFilterForm
from recovery.views.frame import A_PAGE, filtered, recovery_access


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def timeline(request: UserRequest, slug: str) -> HttpResponseBase:
    """Decisions, the newest first. A filter that is no filter shows nothing and says so."""
    access = recovery_access(request, slug)
    form = TimelineFilterForm(request.GET)
    rows = decisions(access.workspace.pk)
    if form.is_valid():
        wanted = form.cleaned_data
        rows = decisions(
            access.workspace.pk, state=wanted["state"], strategy=wanted["strategy"], failure_kind=wanted["kind"],
            build_id=wanted["build"],
        )  # fmt: skip
    else:
        rows = rows.none()
    page = Paginator(rows.defer("inputs", "alternatives"), A_PAGE).get_page(request.GET.get("page"))
    context = {"access": access, "tab": "timeline", "form": form, "page": page, "filtered": filtered(request)}
    template = "recovery/timeline_live.html" if request.htmx else "recovery/timeline.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def task(request: UserRequest, slug: str, task_id: uuid.UUID) -> HttpResponseBase:
    """One task: its timeline, and what a person may do about it."""
    access = recovery_access(request, slug)
    row = task_in(access.workspace.pk, task_id)
    context = {
        "access": access,
        "tab": "timeline",
        "task": row,
        "turns": timeline_of(row),
        "guidance": guidance_of(row.params),
    }
    if request.htmx:
        return render(request, "recovery/task_live.html", context)
    return render(request, "recovery/task.html", {**context, "actions": actions_of(row, access)})


@require_safe
@signed_in
def fixes(request: UserRequest, slug: str) -> HttpResponseBase:
    """What fixed what, and how often which strategy worked."""
    access = recovery_access(request, slug)
    page = Paginator(known_fixes(access.workspace.pk), A_PAGE).get_page(request.GET.get("page"))
    records = strategy_records(access.workspace.pk)[:200]
    return render(request, "recovery/fixes.html", {"access": access, "tab": "fixes", "page": page, "records": records})
