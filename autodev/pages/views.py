"""The front door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from autodev.accounts.access import Actor
from autodev.accounts.models import User
from autodev.accounts.selectors import is_first_run, memberships_for_user

LAST_WORKSPACE = "last_workspace"


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """To the workspace of the last visit; before anybody has an account, to the first-run page."""
    if not isinstance(request.user, User):
        return redirect("accounts:setup" if is_first_run() else "accounts:sign_in")
    slugs = [m.workspace.slug for m in memberships_for_user(Actor(user=request.user))]
    if not slugs:
        return render(request, "accounts/no_workspace.html")
    last = request.session.get(LAST_WORKSPACE)
    return redirect("projects:workspace", slug=last if last in slugs else slugs[0])
