"""Models made, changed and removed by form."""

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
from providers.config import store
from providers.config.provider import ENV
from providers.forms import KEY_AGAIN, ProviderForm
from providers.kinds.agents import is_agent_kind
from providers.live.fresh import fresh
from providers.models import Credential, Provider
from providers.money.catalogue import catalogue
from providers.routing.chains import DEFAULT
from providers.services.providers import provider_remove
from providers.views import programs
from providers.views.frame import DOOR, providers_access
from providers.views.saving import named_by, row_of, saved, seen_of


@never_cache
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
@signed_in
def new(request: UserRequest, slug: str) -> HttpResponseBase:
    """A provider, at the end of the default chain; with the `kind` of an agent program in the address, one of those."""
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    kind = request.GET.get("kind", "")
    if is_agent_kind(kind):
        return programs.new(request, access, kind)
    form = ProviderForm(request.POST or None, credentials=_credentials(access))
    del form.fields["seen"]
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if _saved(request, access, form, name, make=True):
            _added(request, access, name)
            return redirect("providers:health", slug=slug)
    return _page(request, access, form)


@never_cache
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: UserRequest, slug: str, name: str) -> HttpResponseBase:
    """What the form does not show stays as models.yaml has it."""
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    row = row_of(access, name)
    if is_agent_kind(row.kind):
        return programs.edit(request, access, row)
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
    said = f"{name} is removed; the history of models.yaml brings it back. What it was asked stays in the ledger."
    messages.success(request, said)
    return redirect("providers:health", slug=slug)


def _added(request: UserRequest, access: Access, name: str) -> None:
    target = fresh(access.workspace.pk).view.targets.get(name)
    if target is not None and target.needs_key and not target.keys:
        said = f"{name} is added at the end of the default chain. It is passed over until it has a key."
        messages.warning(request, said)
    else:
        messages.success(request, f"{name} is added at the end of the default chain. Test it on its card.")


def _saved(request: UserRequest, access: Access, form: ProviderForm, name: str, *, make: bool = False) -> bool:
    data = form.cleaned_data
    secret = data["secret"]

    def part(row: Provider | None) -> dict[str, Any]:
        return _part(data, row, name if secret else "")

    return saved(request, access, form, name, part=part, secret=secret, chains=(DEFAULT,) if make else None)


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


def _credentials(access: Access) -> list[str]:
    return list(Credential.objects.filter(workspace=access.workspace).order_by("name").values_list("name", flat=True))


def _page(
    request: UserRequest, access: Access, form: ProviderForm, *, provider: Provider | None = None
) -> HttpResponseBase:
    models = sorted(one.model for one in catalogue().models)
    if form.errors and form.data.get("secret"):
        form.add_error("secret", KEY_AGAIN)
    context = {
        "access": access, "tab": "health", "form": form, "provider": provider, "models": models,
        "named_by": named_by(provider) if provider is not None else (),
        "kinds": programs.kinds() if provider is None else (), "kind": "",
    }  # fmt: skip
    return render(request, "providers/provider.html", context, status=422 if form.errors else 200)
