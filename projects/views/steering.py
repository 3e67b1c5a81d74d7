"""What a person says to a build, and answers it: each a POST, each one service."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import Role
from autodev.lib.errors import DomainError
from projects.selectors.builds import BuildAccess, build_for_user
from projects.selectors.steering import listening, message_of, question_of
from projects.selectors.tasks import tasks_of
from projects.services.steering import message_send, message_withdraw, question_answer


@require_POST
@signed_in
def say(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """A message to whoever works on the build."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    try:
        message_send(build=found.build, user=request.user, text=request.POST.get("text", ""))
    except DomainError as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    else:
        heard = listening(found.build, tasks_of(found.build))
        (messages.success if heard.hears else messages.warning)(request, f"Sent. {heard.why}")
    return _back(request, found)


@require_POST
@signed_in
def withdraw(request: UserRequest, build_id: uuid.UUID, message_id: uuid.UUID) -> HttpResponseBase:
    """Takes back what nobody has heard yet."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    message = message_of(found.build, message_id)
    try:
        message_withdraw(message=message, user=request.user)
    except DomainError as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    else:
        messages.success(request, "Withdrawn. Nobody has heard it.")
    return _back(request, found)


@require_POST
@signed_in
def answer(request: UserRequest, build_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponseBase:
    """The answer to a question of the build."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    question = question_of(found.build, question_id)
    text = request.POST.get("choice") or request.POST.get("text", "")
    try:
        row = question_answer(question=question, user=request.user, text=text)
    except DomainError as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    else:
        late = row.state != "answered"
        said = "It had gone on with its assumption; your answer goes to it as a message." if late else "Answered."
        messages.success(request, said)
    return _back(request, found)


def _back(request: UserRequest, found: BuildAccess) -> HttpResponse:
    """To the page of the site that it was sent from."""
    place = request.POST.get("back", "")
    if place.startswith("/") and url_has_allowed_host_and_scheme(place, allowed_hosts=None):
        return HttpResponseRedirect(place)
    return redirect("projects:build", build_id=found.build.pk)
