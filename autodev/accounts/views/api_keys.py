"""API keys of a workspace."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from autodev.accounts.errors import ScopeTooWide
from autodev.accounts.forms import ApiKeyForm
from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import Role
from autodev.accounts.selectors import api_keys_visible, workspace_for_user
from autodev.accounts.services.api_keys import api_key_create, api_key_revoke
from autodev.lib.clock import utcnow


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in
def api_keys(request: UserRequest, slug: str) -> HttpResponseBase:
    """The keys one may see; a new one is shown in full in the answer that made it, and never again."""
    access = workspace_for_user(actor_of(request), slug, at_least=Role.DEVELOPER)
    form = ApiKeyForm(request.POST or None)
    shown = ""
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["lifetime"]
        try:
            _, shown = api_key_create(
                access=access,
                user=request.user,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=utcnow() + dt.timedelta(days=int(days)) if days else None,
            )
            form = ApiKeyForm()
        except ScopeTooWide as error:
            form.add_error("scopes", f"{error.message} {error.hint}")
    context = {
        "access": access,
        "keys": api_keys_visible(access, request.user),
        "form": form,
        "shown": shown,
        "now": utcnow(),
        "tab": "keys",
    }
    return render(request, "accounts/api_keys.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def api_key_end(request: UserRequest, slug: str, key_id: uuid.UUID) -> HttpResponseBase:
    access = workspace_for_user(actor_of(request), slug, at_least=Role.DEVELOPER)
    api_key_revoke(access=access, key_id=key_id, user=request.user)
    messages.success(request, "The key is revoked.")
    return redirect("accounts:api_keys", slug=slug)
