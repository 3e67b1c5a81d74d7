"""What a person may ask of a build: each a POST, each one service."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import Role
from projects.selectors.builds import build_for_user
from projects.selectors.tasks import step_of
from projects.services.cancel import cancel_build
from projects.services.pause import pause_build, resume_build
from projects.services.replay import replay_build
from projects.services.rollback import rollback_build


@require_POST
@signed_in
def cancel(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    cancel_build(build=found.build, user=request.user)
    messages.success(request, "The build is being cancelled.")
    return redirect("projects:build", build_id=build_id)


@require_POST
@signed_in
def pause(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    pause_build(build=found.build, user=request.user)
    messages.success(request, "Paused. What runs now is finished; nothing new is begun.")
    return redirect("projects:build", build_id=build_id)


@require_POST
@signed_in
def resume(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    resume_build(build=found.build, user=request.user)
    messages.success(request, "The build goes on.")
    return redirect("projects:build", build_id=build_id)


@require_POST
@signed_in
def rollback(request: UserRequest, build_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponseBase:
    """Back to the step's commit; what came after it runs again, and nothing is deleted."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    rollback_build(build=found.build, to_step=step_of(found.build, step_id), user=request.user)
    messages.success(request, "The build is back at that step, and goes on from there.")
    return redirect("projects:build", build_id=build_id)


@require_POST
@signed_in
def replay(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """Again from the task or the step that `start` names, from the beginning without it; nothing is deleted."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    replay_build(build=found.build, user=request.user, start=request.POST.get("start", "")[:80])
    messages.success(request, "The build runs again from there.")
    return redirect("projects:build", build_id=build_id)
