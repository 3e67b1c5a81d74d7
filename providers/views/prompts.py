"""Versions of prompts side by side: how often each was used, and what came of it."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from autodev.accounts.http import UserRequest, signed_in
from providers.prompts.workspace import figures_of
from providers.views.frame import providers_access


@require_safe
@signed_in
def prompts(request: UserRequest, slug: str) -> HttpResponseBase:
    """All prompts by name, the newest version first."""
    access = providers_access(request, slug)
    context = {"access": access, "tab": "prompts", "prompts": figures_of(access.workspace.pk)}
    return render(request, "providers/prompts.html", context)
