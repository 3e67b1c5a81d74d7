"""Dead letters: looked at, replayed, replayed with another input."""

from __future__ import annotations

import json
import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from autodev.lib.errors import DomainError
from projects.states import TASK_BROKEN
from recovery.members import replay_task
from recovery.selectors.dead import DeadLetter, dead_letter, dead_tasks, with_attempts
from recovery.views.acting import acceptable
from recovery.views.forms import ReplayForm
from recovery.views.frame import recovery_access

A_PAGE = 25
EDITABLE = (
    "Its values may be changed, and words added or taken out; what recovery told the task is not shown and is kept."
)


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def dead_letters(request: UserRequest, slug: str) -> HttpResponseBase:
    access = recovery_access(request, slug)
    wanted = request.GET.get("state", "")
    state = wanted if wanted in TASK_BROKEN else ""
    page = Paginator(dead_tasks(access.workspace.pk, state=state), A_PAGE).get_page(request.GET.get("page"))
    context = {"access": access, "tab": "dead", "page": page, "letters": with_attempts(page), "state": state}
    template = "recovery/dead_letters_live.html" if request.htmx else "recovery/dead_letters.html"
    return render(request, template, context)


@require_safe
@signed_in
def one(request: UserRequest, slug: str, task_id: uuid.UUID) -> HttpResponseBase:
    """Its evidence, and the form to replay it. It is not kept current while somebody types."""
    access = recovery_access(request, slug)
    letter = dead_letter(access.workspace.pk, task_id)
    return _page(request, access, letter, ReplayForm(initial={"params": shown_params(letter)}))


@require_POST
@signed_in
def replay(request: UserRequest, slug: str, task_id: uuid.UUID) -> HttpResponseBase:
    """Text that is no JSON comes back with the place of the mistake, and nothing is done."""
    access = recovery_access(request, slug, at_least=Role.MAINTAINER)
    letter = dead_letter(access.workspace.pk, task_id)
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _page(request, access, letter, form)
    edited = form.cleaned_data["params"]
    params = None if edited is None or edited == letter.visible else {**letter.guidance, **edited}
    try:
        build = replay_task(task=letter.task, user=request.user, params=params, reason=form.cleaned_data["reason"])
    except DomainError as error:
        form.add_error("params" if error.errors else None, f"{error.message} {error.hint}".strip())
        return _page(request, access, letter, form, status=error.status)
    messages.success(request, f"“{letter.task.title}” runs again.")
    return redirect("projects:task", build_id=build.pk, task_id=letter.task.pk)


def shown_params(letter: DeadLetter) -> str:
    return json.dumps(letter.visible, indent=2, ensure_ascii=False)


def _page(
    request: UserRequest, access: Access, letter: DeadLetter, form: ReplayForm, *, status: int = 422
) -> HttpResponse:
    context = {
        "access": access,
        "tab": "dead",
        "letter": letter,
        "form": form,
        "editable": EDITABLE,
        "acceptable": acceptable(letter.task),
    }
    return render(request, "recovery/dead_letter.html", context, status=status if form.errors else 200)
