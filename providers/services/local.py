"""A model on one's own machine, as an endpoint said it, made a provider in one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.text import slugify

from autodev.accounts.models import User, Workspace
from providers.config.defaults import shipped
from providers.config.editing import Json, edit
from providers.config.schema import DEFAULT_CHAIN
from providers.local import LocalEndpoint, LocalModel
from providers.models import Provider
from providers.services.errors import NameTaken
from providers.services.providers import append

SHIPPED = "local"  # the place that the chain that ships keeps for the first one


def local_add(
    *,
    workspace: Workspace,
    actor: User | None,
    endpoint: LocalEndpoint,
    model: LocalModel,
    name: str = "",
    keys: Sequence[str] = (),
    chain: str = DEFAULT_CHAIN,
    door: str = "",
) -> Provider:
    """A provider of this model, in `chain` before the emergency providers. Without a name it takes the place of the
    provider `local` that ships, as long as nobody touched that one; else a free name is made from the model's. `keys`
    are names. Raises NameTaken, ConfigInvalid."""
    part = part_of(endpoint, model, keys=keys)
    chosen: list[str] = []

    def change(document: Json) -> None:
        providers = document["providers"]
        if name in providers:
            raise NameTaken(f"There is a provider {name!r} already.")
        chosen[:] = [name or _name(model, providers)]
        providers[chosen[0]] = part
        if chosen[0] not in document["chains"].get(chain, {}).get("providers", ()):
            append(document, chain, chosen[0])

    edit(
        workspace=workspace, actor=actor, type="provider.created", change=change, door=door,
        model=model.model, api_base=endpoint.api_base,
    )  # fmt: skip
    return Provider.objects.get(workspace=workspace, name=chosen[0])


def part_of(endpoint: LocalEndpoint, model: LocalModel, *, keys: Sequence[str] = ()) -> dict[str, Any]:
    """A provider of this model, as models.yaml says it."""
    part: dict[str, Any] = {"kind": "litellm", "model": model.model, "api_base": endpoint.api_base}
    part |= {"keys": list(keys)} if keys else {"needs_key": False}
    part["capabilities"] = sorted(model.capabilities)
    part |= {"context_window": model.context_window} if model.context_window is not None else {}
    return part | ({"params": dict(model.params)} if model.params else {})


def _name(model: LocalModel, providers: Json) -> str:
    if providers.get(SHIPPED) == shipped().providers[SHIPPED].stated():
        return SHIPPED
    base = slugify(model.name)[:50] or SHIPPED
    places = (base, *(f"{base}-{number}" for number in range(2, len(providers) + 3)))
    return next(one for one in places if one not in providers)
