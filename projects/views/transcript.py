"""The transcript of a task: who worked, what was said, which tools were used."""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.http import UserRequest, actor_of, signed_in
from projects.selectors.builds import build_for_user
from projects.selectors.steering import listening, messages_of
from projects.selectors.tasks import task_of, tasks_of
from projects.selectors.transcript import spent_of, transcript_page
from projects.views.build import build_page


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def transcript(request: UserRequest, build_id: uuid.UUID, task_id: uuid.UUID) -> HttpResponseBase:
    """The newest page without a number. The part with `part=1` is what a hint about new steps fetches."""
    found = build_for_user(actor_of(request), build_id)
    task = task_of(found.build, task_id)
    page, lines = transcript_page(task, request.GET.get("page"))
    context = {"task": task, "page": page, "lines": lines, "spent": spent_of(task)}
    if request.htmx and "part" in request.GET:
        part = {"build": found.build, "access": found.access, **context}
        return render(request, "projects/transcript/lines.html", part)
    tasks = tasks_of(found.build)
    talk = {"tasks": tasks, "said": messages_of(found.build), "listening": listening(found.build, tasks)}
    live = {"live_template": "projects/transcript/live.html"}
    return build_page(request, found, "transcript", {**context, **talk, **live})
