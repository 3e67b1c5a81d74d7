"""Questions about what a build made: asked, and read, on its page."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import Role
from autodev.lib.errors import DomainError
from projects.selectors.builds import build_for_user
from projects.services.explain import explain_ask
from projects.views.asked import asked_context


@require_safe
@signed_in
def explained(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """Only the part with the questions: what a hint fetches while an ended build has one without an answer."""
    found = build_for_user(actor_of(request), build_id)
    context = {"found": found, "build": found.build, "access": found.access, **asked_context(found)}
    return render(request, "projects/build/explain.html", context)


@require_POST
@signed_in
def ask(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """Asks; back to the questions, of which the new one is the first."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    try:
        explain_ask(build=found.build, question=request.POST.get("question", ""), user=request.user)
    except DomainError as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
        return HttpResponseRedirect(reverse("projects:build", args=[build_id]))
    return HttpResponseRedirect(f"{reverse('projects:build', args=[build_id])}#explain")
