"""How the providers are: a card each, and what a person may do about it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from providers.checks import check_ask
from providers.services.checking import provider_reset
from providers.services.providers import provider_enable
from providers.views.cards import health_of
from providers.views.frame import DOOR, providers_access


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def health(request: UserRequest, slug: str) -> HttpResponseBase:
    access = providers_access(request, slug)
    context = {"access": access, "tab": "health", "health": health_of(access.workspace.pk)}
    return render(request, "providers/health_live.html" if request.htmx else "providers/health.html", context)


@require_POST
@signed_in
def enable(request: UserRequest, slug: str, name: str) -> HttpResponseBase:
    """`enabled` is `yes` or `no`."""
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    on = request.POST.get("enabled") == "yes"
    provider_enable(workspace=access.workspace, actor=request.user, name=name, enabled=on, door=DOOR)
    messages.success(request, f"{name} is switched {'on' if on else 'off'}.")
    return redirect("providers:health", slug=slug)


@require_POST
@signed_in
def reset(request: UserRequest, slug: str, name: str) -> HttpResponseBase:
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    provider_reset(workspace=access.workspace, name=name, actor=request.user, door=DOOR)
    messages.success(request, f"The circuit of {name} is closed; the next call asks it again.")
    return redirect("providers:health", slug=slug)


@require_POST
@signed_in
def test(request: UserRequest, slug: str, name: str) -> HttpResponseBase:
    access = providers_access(request, slug, at_least=Role.DEVELOPER)
    check_ask(workspace=access.workspace, name=name, actor=request.user)
    messages.success(request, f"{name} is being tested; its card shows what came.")
    return redirect("providers:health", slug=slug)
