"""Providers made, changed and removed by form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from autodev.lib.db import write
from autodev.lib.errors import DomainError
from providers.config import revisions, store
from providers.config.problems import ConfigInvalid
from providers.config.provider import ENV
from providers.forms import ProviderForm
from providers.models import Credential, Provider
from providers.money.catalogue import catalogue
from providers.routing.chains import DEFAULT
from providers.services.credentials import credential_add, credential_rotate
from providers.services.errors import ChangedMeanwhile, NoSuchThing
from providers.services.providers import provider_create, provider_remove, provider_update
from providers.views.frame import DOOR, providers_access


@never_cache
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
@signed_in
def new(request: UserRequest, slug: str) -> HttpResponseBase:
    """A provider, at the end of the default chain."""
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    form = ProviderForm(request.POST or None, credentials=_credentials(access))
    del form.fields["seen"]
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if _saved(request, access, form, name, make=True):
            messages.success(request, f"{name} is added at the end of the default chain. Test it on its card.")
            return redirect("providers:health", slug=slug)
    return _page(request, access, form)


@never_cache
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: UserRequest, slug: str, name: str) -> HttpResponseBase:
    """What the form does not show stays as models.yaml has it."""
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    row = _row(access, name)
    data = {**request.POST.dict(), "name": name, "keys": request.POST.getlist("keys")}
    form = ProviderForm(
        data if request.method == "POST" else None, credentials=_credentials(access), initial=_initial(row)
    )
    del form.fields["name"]
    form.fields["model"].required = row.kind == "litellm"
    if request.method == "POST" and form.is_valid() and _saved(request, access, form, name):
        messages.success(request, f"{name} is changed.")
        return redirect("providers:health", slug=slug)
    return _page(request, access, form, provider=row)


@require_POST
@signed_in
def remove(request: UserRequest, slug: str, name: str) -> HttpResponseBase:
    """Its calls stay in the ledger."""
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    provider_remove(workspace=access.workspace, actor=request.user, name=name, door=DOOR)
    messages.success(request, f"{name} is removed. What it was asked stays in the ledger.")
    return redirect("providers:health", slug=slug)


def _saved(request: UserRequest, access: Access, form: ProviderForm, name: str, *, make: bool = False) -> bool:
    """Writes key and provider in one transaction; what is refused stands in the form, and nothing of it is kept."""
    data = form.cleaned_data
    who: dict[str, Any] = {"workspace": access.workspace, "actor": request.user, "door": DOOR, "name": name}
    secret = data["secret"]

    def begin() -> None:
        revisions.begin()
        row = None if make else _row(access, name)
        if row is not None and data["seen"] not in {"", seen_of(row)}:
            raise ChangedMeanwhile(_now_there(row, data))
        there = Credential.objects.filter(workspace=access.workspace, name=name).exists()
        if secret:
            keep = credential_rotate if there and row is not None else credential_add
            keep(**who, secret=secret)
        part = _part(data, row, name if secret else "")
        if row is None:
            provider_create(**who, part=part, chain=DEFAULT)
        else:
            provider_update(**who, part=part)

    try:
        write(begin)
    except ChangedMeanwhile as error:
        # Who saves again has read what is there now.
        form.data = {**form.data, "seen": seen_of(_row(access, name))}
        form.add_error(None, _words(error))
        return False
    except DomainError as error:
        form.add_error(None, _words(error))
        return False
    return True


def seen_of(row: Provider) -> str:
    """Changes with whatever is said of the provider."""
    part = json.dumps(store.provider_part(row), sort_keys=True, default=str)
    return hashlib.sha256(part.encode()).hexdigest()


def _now_there(row: Provider, data: Mapping[str, Any]) -> str:
    now = [
        f"{word} is now {there or 'empty'}"
        for word, there, given in (
            ("the model", row.model, data["model"]),
            ("the address", row.api_base, data["api_base"]),
        )
        if there != given
    ]
    return f"Somebody changed this provider meanwhile{': ' if now else ''}{', '.join(now)}."


def _row(access: Access, name: str) -> Provider:
    row = Provider.objects.filter(workspace=access.workspace, name=name).first()
    if row is None:
        raise NoSuchThing(f"There is no provider {name!r}.")
    return row


def _part(data: dict[str, Any], row: Provider | None, stored: str) -> dict[str, Any]:
    """What models.yaml will say. Keys keep their order; new ones stand behind them."""
    part = store.provider_part(row) if row is not None else {"kind": "litellm"}
    wanted = [*data.get("keys", []), *data["env"], *([stored] if stored else [])]
    before = [name for name in part.get("keys", []) if name in wanted]
    given = {
        "model": data["model"],
        "api_base": data["api_base"],
        "keys": list(dict.fromkeys([*before, *wanted])),
    }
    needs_key = False if data["keyless"] else part.get("needs_key") or None
    part = {key: value for key, value in part.items() if key not in {*given, "needs_key"}}
    part |= {key: value for key, value in given.items() if value}
    return part if needs_key is None else {**part, "needs_key": needs_key}


def _initial(row: Provider) -> dict[str, Any]:
    return {
        "model": row.model,
        "api_base": row.api_base,
        "keys": [name for name in row.keys if not name.startswith(ENV)],
        "env": ", ".join(name.removeprefix(ENV) for name in row.keys if name.startswith(ENV)),
        "keyless": row.document.get("needs_key") is False,
        "seen": seen_of(row),
    }


def _words(error: DomainError) -> str:
    if isinstance(error, ConfigInvalid):
        return "; ".join(problem.said("") for problem in error.problems)
    return f"{error.message} {error.hint}".strip()


def _credentials(access: Access) -> list[str]:
    return list(Credential.objects.filter(workspace=access.workspace).order_by("name").values_list("name", flat=True))


def _page(
    request: UserRequest, access: Access, form: ProviderForm, *, provider: Provider | None = None
) -> HttpResponseBase:
    models = sorted(one.model for one in catalogue().models)
    context = {
        "access": access,
        "tab": "health",
        "form": form,
        "provider": provider,
        "models": models,
    }
    return render(request, "providers/provider.html", context, status=422 if form.errors else 200)
