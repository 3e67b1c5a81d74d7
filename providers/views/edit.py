"""Providers made, changed and removed by form."""

from __future__ import annotations

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
from autodev.lib.errors import DomainError
from providers.config import store
from providers.config.problems import ConfigInvalid
from providers.config.provider import ENV
from providers.forms import ProviderForm
from providers.models import Credential, Provider
from providers.money.catalogue import catalogue
from providers.routing.chains import DEFAULT
from providers.services.credentials import credential_add, credential_remove, credential_rotate
from providers.services.errors import NoSuchThing
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
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if _saved(request, access, form, None):
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
    row = Provider.objects.filter(workspace=access.workspace, name=name).first()
    if row is None:
        raise NoSuchThing(f"There is no provider {name!r}.")
    data = {**request.POST.dict(), "name": name, "keys": request.POST.getlist("keys")}
    form = ProviderForm(
        data if request.method == "POST" else None, credentials=_credentials(access), initial=_initial(row)
    )
    del form.fields["name"]
    form.fields["model"].required = row.kind == "litellm"
    if request.method == "POST" and form.is_valid() and _saved(request, access, form, row):
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


def _saved(request: UserRequest, access: Access, form: ProviderForm, row: Provider | None) -> bool:
    """Writes key and provider; what is refused stands in the form, and nothing of it is kept."""
    data = form.cleaned_data
    name = row.name if row is not None else data["name"]
    who: dict[str, Any] = {"workspace": access.workspace, "actor": request.user, "door": DOOR}
    stored = bool(data["secret"])
    fresh = stored and not Credential.objects.filter(workspace=access.workspace, name=name).exists()
    try:
        if stored and (fresh or row is None):
            credential_add(**who, name=name, secret=data["secret"])
        part = _part(data, row, name if stored else "")
        if row is None:
            provider_create(**who, name=name, part=part, chain=DEFAULT)
        else:
            provider_update(**who, name=name, part=part)
            if stored and not fresh:
                credential_rotate(**who, name=name, secret=data["secret"])
    except DomainError as error:
        if fresh and Credential.objects.filter(workspace=access.workspace, name=name).exists():
            credential_remove(**who, name=name)
        form.add_error(None, _words(error))
        return False
    return True


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
    part = {**{key: value for key, value in part.items() if key not in {*given, "needs_key"}}}
    part |= {key: value for key, value in given.items() if value}
    return {**part, "needs_key": False} if data["keyless"] else part


def _initial(row: Provider) -> dict[str, Any]:
    return {
        "model": row.model,
        "api_base": row.api_base,
        "keys": [name for name in row.keys if not name.startswith(ENV)],
        "env": ", ".join(name.removeprefix(ENV) for name in row.keys if name.startswith(ENV)),
        "keyless": row.document.get("needs_key") is False,
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
