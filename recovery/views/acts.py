"""What a person may ask of recovery about a task: each a POST, each one service."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from recovery.members import accept_task, choose_strategy, give_up_task, retry_task
from recovery.selectors.decisions import task_in
from recovery.selectors.possible import act_on
from recovery.selectors.words import label_of
from recovery.states import Strategy
from recovery.views.frame import recovery_access

NOTE = 4000


@require_POST
@signed_in
def retry(request: UserRequest, slug: str, task_id: uuid.UUID) -> HttpResponseBase:
    """At once, whatever it waits for."""
    access = recovery_access(request, slug, at_least=Role.DEVELOPER)
    task = act_on(task_in(access.workspace.pk, task_id))
    retry_task(task=task, user=request.user, note=_note(request))
    messages.success(request, f"“{task.title}” goes on at once.")
    return redirect("recovery:task", slug=slug, task_id=task_id)


@require_POST
@signed_in
def strategy(request: UserRequest, slug: str, task_id: uuid.UUID) -> HttpResponseBase:
    access = recovery_access(request, slug, at_least=Role.MAINTAINER)
    task = act_on(task_in(access.workspace.pk, task_id))
    wanted = request.POST.get("strategy", "")
    if wanted not in Strategy.values:
        messages.error(request, "Choose a strategy.")
        return redirect("recovery:task", slug=slug, task_id=task_id)
    choose_strategy(task=task, user=request.user, strategy=wanted, note=_note(request))
    messages.success(request, f"“{task.title}” goes on: {label_of(wanted).lower()}.")
    return redirect("recovery:task", slug=slug, task_id=task_id)


@require_POST
@signed_in
def give_up(request: UserRequest, slug: str, task_id: uuid.UUID) -> HttpResponseBase:
    access = recovery_access(request, slug, at_least=Role.MAINTAINER)
    task = act_on(task_in(access.workspace.pk, task_id))
    give_up_task(task=task, user=request.user, note=_note(request))
    messages.success(request, f"“{task.title}” is given up. It can be replayed from the dead letters.")
    return redirect("recovery:task", slug=slug, task_id=task_id)


@require_POST
@signed_in
def accept(request: UserRequest, slug: str, task_id: uuid.UUID) -> HttpResponseBase:
    access = recovery_access(request, slug, at_least=Role.DEVELOPER)
    task = task_in(access.workspace.pk, task_id)
    accept_task(task=task, user=request.user)
    messages.success(request, f"“{task.title}” is taken as it is, and no longer counts against the workspace.")
    return redirect("recovery:task", slug=slug, task_id=task_id)


def _note(request: UserRequest) -> str:
    return request.POST.get("note", "").replace("\x00", "").strip()[:NOTE]
