"""A new build: the idea, and what it must keep to."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import Role
from autodev.accounts.selectors import workspace_for_user
from autodev.lib.clock import utcnow
from autodev.lib.errors import DomainError
from projects.examples import EXAMPLES
from projects.forms import BuildForm, pairs_of
from projects.review import OPTION
from projects.services.start import start_build
from providers.available import models_in
from providers.config.defaults import ensure_defaults
from providers.live.fresh import fresh


@require_http_methods(["GET", "POST"])
@signed_in
def new_build(request: UserRequest, slug: str) -> HttpResponseBase:
    """The form; `?idea=` fills it in. A refusal (of malware, say) is shown at the idea, with its reason."""
    access = workspace_for_user(actor_of(request), slug, at_least=Role.DEVELOPER)
    form = BuildForm(request.POST or None, initial={"idea": request.GET.get("idea", "")})
    constraints, preferences = pairs_of(request.POST, "constraint"), pairs_of(request.POST, "preference")
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            minutes = data["deadline_minutes"]
            try:
                build = start_build(
                    workspace=access.workspace,
                    user=request.user,
                    idea=data["idea"],
                    constraints=constraints,
                    preferences=preferences,
                    options={name: data[name] for name in ("blueprint", OPTION) if data[name]},
                    deadline=utcnow() + dt.timedelta(minutes=minutes) if minutes else None,
                    budget=data["budget_usd"],
                )
                return redirect("projects:build", build_id=build.pk)
            except DomainError as error:
                form.add_error("idea", f"{error.message} {error.hint}".strip())
                status = error.status
    ensure_defaults(access.workspace)
    context = {
        "access": access,
        "models": models_in(fresh(access.workspace.pk).view),
        "form": form,
        "examples": EXAMPLES,
        "constraints": constraints,
        "preferences": preferences,
    }
    return render(request, "projects/new_build.html", context, status=status)
