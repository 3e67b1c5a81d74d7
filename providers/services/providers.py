"""Providers: made or changed, switched on and off, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autodev.accounts.models import User, Workspace
from providers.config.editing import Json, edit
from providers.models import Provider
from providers.services.errors import InUse, NameTaken, NoSuchThing


def provider_create(
    *,
    workspace: Workspace,
    actor: User | None,
    name: str,
    part: Mapping[str, Any],
    chain: str | Sequence[str] | None = None,
    door: str = "",
) -> Provider:
    """A provider as models.yaml says one; with `chain`, one or several, it is put there before the emergency providers.
    Raises NameTaken, ConfigInvalid."""
    chains = [chain] if isinstance(chain, str) else list(chain or ())

    def change(document: Json) -> None:
        if name in document["providers"]:
            raise NameTaken(f"There is a provider {name!r} already.")
        document["providers"][name] = dict(part)
        for kind in chains:
            append(document, kind, name)

    edit(workspace=workspace, actor=actor, type="provider.created", change=change, door=door, name=name)
    return _row(workspace, name)


def provider_update(
    *, workspace: Workspace, actor: User | None, name: str, part: Mapping[str, Any], door: str = ""
) -> Provider:
    """Puts `part` in the place of what was said of the provider. Raises NoSuchThing, ConfigInvalid."""

    def change(document: Json) -> None:
        _known(document, name)
        document["providers"][name] = dict(part)

    edit(workspace=workspace, actor=actor, type="provider.updated", change=change, door=door, name=name)
    return _row(workspace, name)


def provider_change(
    *, workspace: Workspace, actor: User | None, name: str, changes: Mapping[str, Any], door: str = ""
) -> Provider:
    """Puts these words in their places in what is said of the provider; None takes one away. Of two who change
    different words at once both hold. Raises NoSuchThing, ConfigInvalid."""

    def change(document: Json) -> None:
        part = {**_known(document, name), **changes}
        document["providers"][name] = {word: value for word, value in part.items() if value is not None}

    edit(workspace=workspace, actor=actor, type="provider.updated", change=change, door=door, name=name)
    return _row(workspace, name)


def provider_enable(*, workspace: Workspace, actor: User | None, name: str, enabled: bool, door: str = "") -> Provider:
    """Switches it on or off. Raises NoSuchThing."""

    def change(document: Json) -> None:
        _known(document, name)["enabled"] = enabled

    word = "provider.enabled" if enabled else "provider.disabled"
    edit(workspace=workspace, actor=actor, type=word, change=change, door=door, name=name)
    return _row(workspace, name)


def provider_remove(*, workspace: Workspace, actor: User | None, name: str, door: str = "") -> None:
    """Its calls stay in the ledger. Raises NoSuchThing, and InUse where a chain or rule names it."""

    def change(document: Json) -> None:
        _known(document, name)
        users = [f"chain {kind}" for kind, chain in document["chains"].items() if name in chain["providers"]]
        users += [f"rule {rule['name']}" for rule in document["rules"] if _names(rule, name)]
        if users:
            raise InUse(f"{name!r} is named by {', '.join(users)}.")
        del document["providers"][name]

    edit(workspace=workspace, actor=actor, type="provider.removed", change=change, door=door, name=name)


def append(document: Json, kind: str, name: str) -> None:
    """Puts a provider into a document's chain: behind the others, before the emergency ones."""
    chain = document["chains"].setdefault(kind, {"providers": []})
    members = list(chain["providers"])
    last = [one for one in members if document["providers"].get(one, {}).get("emergency")]
    chain["providers"] = [*(one for one in members if one not in last and one != name), name, *last]


def _known(document: Json, name: str) -> Json:
    part: Json | None = document["providers"].get(name)
    if part is None:
        raise NoSuchThing(f"There is no provider {name!r}.")
    return part


def _names(rule: Json, name: str) -> bool:
    return any(name in rule["then"].get(word, []) for word in ("prefer", "only", "avoid"))


def _row(workspace: Workspace, name: str) -> Provider:
    return Provider.objects.get(workspace=workspace, name=name)
