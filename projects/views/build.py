"""The build's page, a view for each tab. A page has the whole state; a hint makes the browser fetch the live part."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.http import UserRequest, actor_of, signed_in
from projects import review
from projects.dag import NODE_HEIGHT, NODE_WIDTH, layout
from projects.selectors.builds import BuildAccess, build_for_user
from projects.selectors.evidence import evidence_of, findings_of
from projects.selectors.output import shown_output
from projects.selectors.progress import phases_of
from projects.selectors.spec import awaits_approval
from projects.selectors.steering import listening, messages_of, open_questions
from projects.selectors.tasks import STEPS_A_PAGE, attempts_of, edges_of, steps_of, task_of, tasks_of
from projects.views.asked import asked_context

FINDINGS_A_PAGE = 100


def build_page(request: UserRequest, found: BuildAccess, tab: str, context: Mapping[str, Any]) -> HttpResponse:
    """The tab within the build's frame; to htmx only what lives."""
    build = found.build
    tasks = context.get("tasks") or tasks_of(build)
    full = {
        "found": found,
        "build": build,
        "access": found.access,
        "tab": tab,
        "phases": phases_of(build, tasks),
        "awaits": any(task.key == review.KEY and not task.is_final for task in tasks) and awaits_approval(build),
        "questions": open_questions(build),
        "weak_sandbox": build.sandbox_level.lower() in ("none", "degraded"),
        "live_template": f"projects/build/{tab}_live.html",
        **context,
    }
    return render(request, "projects/build/live.html" if request.htmx else "projects/build/page.html", full)


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def overview(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """Tasks, their picture, and the running output."""
    found = build_for_user(actor_of(request), build_id)
    tasks = tasks_of(found.build)
    by_id = {t.pk: t for t in tasks}
    picture = layout([t.pk for t in tasks], edges_of(found.build))
    attempt, printed = shown_output(found.build)
    context = {
        "tasks": tasks,
        "picture": picture,
        "nodes": [(node, by_id[node.key]) for node in picture.nodes],
        "node_width": NODE_WIDTH,
        "node_height": NODE_HEIGHT,
        "attempt": attempt,
        "output": printed,
        "said": messages_of(found.build),
        "listening": listening(found.build, tasks),
        **asked_context(found),
    }
    return build_page(request, found, "overview", context)


@require_safe
@signed_in
def output(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """Only the running output: what a hint about a chunk fetches."""
    found = build_for_user(actor_of(request), build_id)
    attempt, printed = shown_output(found.build)
    context = {"build": found.build, "attempt": attempt, "output": printed}
    return render(request, "projects/build/output.html", context)


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def task(request: UserRequest, build_id: uuid.UUID, task_id: uuid.UUID) -> HttpResponseBase:
    """One task: its attempts and its steps."""
    found = build_for_user(actor_of(request), build_id)
    row = task_of(found.build, task_id)
    steps = Paginator(row.steps.defer("output").order_by("-created_at", "-id"), STEPS_A_PAGE)
    context = {"task": row, "attempts": attempts_of(row)[:20], "page": steps.get_page(request.GET.get("page"))}
    return build_page(request, found, "task", context)


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def steps(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """Every step of the build, newest first, a page at a time."""
    found = build_for_user(actor_of(request), build_id)
    page = Paginator(steps_of(found.build), STEPS_A_PAGE).get_page(request.GET.get("page"))
    return build_page(request, found, "steps", {"page": page})


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def requirements(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """What was asked, the checks that measure it, and their evidence at the head."""
    found = build_for_user(actor_of(request), build_id)
    return build_page(request, found, "requirements", {"evidence": evidence_of(found.build)})


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def findings(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """What the checks said about the code."""
    found = build_for_user(actor_of(request), build_id)
    severity = request.GET.get("severity", "")
    page = Paginator(findings_of(found.build, severity=severity), FINDINGS_A_PAGE).get_page(request.GET.get("page"))
    return build_page(request, found, "findings", {"page": page, "severity": severity})
