"""What fixed what: pattern fixes and learned fixes."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import Role
from autodev.accounts.selectors import workspace_for_user
from autodev.lib.errors import DomainError
from projects.selectors.knowledge import STATES, checks_of, learned_fix_of, learned_of, patterns_of
from projects.services.knowledge import learned_fix_delete, learned_fix_restore, learned_fix_switch

A_PAGE = 25


@require_safe
@signed_in
def knowledge(request: UserRequest, slug: str) -> HttpResponseBase:
    """Learned fixes by filters, and the patterns beneath."""
    access = workspace_for_user(actor_of(request), slug)
    wanted = {name: request.GET.get(name, "")[:100] for name in ("state", "check", "query")}
    page = Paginator(learned_of(access.workspace, **wanted), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "access": access, "page": page, "wanted": wanted, "filtered": any(wanted.values()), "states": STATES,
        "checks": checks_of(access.workspace), "patterns": patterns_of(access.workspace),
        "deleted": _event(request.GET.get("deleted", "")),
    }  # fmt: skip
    return render(request, "projects/knowledge/knowledge.html", context)


@require_POST
@signed_in
def switch(request: UserRequest, slug: str, fix_id: uuid.UUID) -> HttpResponseBase:
    """On with `on=1`, else off."""
    access = workspace_for_user(actor_of(request), slug, at_least=Role.MAINTAINER)
    on = request.POST.get("on") == "1"
    learned_fix_switch(fix=learned_fix_of(access.workspace, fix_id), user=request.user, enabled=on)
    messages.success(request, "It is tried again." if on else "It is not tried any more.")
    return redirect("projects:knowledge", slug=slug)


@require_POST
@signed_in
def delete(request: UserRequest, slug: str, fix_id: uuid.UUID) -> HttpResponseBase:
    """The page then offers to take it back."""
    access = workspace_for_user(actor_of(request), slug, at_least=Role.MAINTAINER)
    event = learned_fix_delete(fix=learned_fix_of(access.workspace, fix_id), user=request.user)
    return redirect(f"{reverse('projects:knowledge', kwargs={'slug': slug})}?deleted={event.pk}")


@require_POST
@signed_in
def restore(request: UserRequest, slug: str, event_id: uuid.UUID) -> HttpResponseBase:
    """Takes the deletion back that the event tells."""
    access = workspace_for_user(actor_of(request), slug, at_least=Role.MAINTAINER)
    try:
        learned_fix_restore(workspace=access.workspace, event_id=event_id, user=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "It is back.")
    return redirect("projects:knowledge", slug=slug)


def _event(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
