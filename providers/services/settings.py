"""Thresholds, weights and switches of a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.accounts.models import User, Workspace
from providers.config import store
from providers.config.editing import Json, edit


def settings_change(*, workspace: Workspace, actor: User | None, changes: Mapping[str, Any], door: str = "") -> None:
    """Puts these values in their places (`{"fallback_system": {"error_rate_threshold": 0.5}}`); None gives a key its
    default again. Raises ConfigInvalid."""

    def change(document: Json) -> None:
        document["settings"] = _merged(document["settings"], changes)

    edit(workspace=workspace, actor=actor, type="settings.changed", change=change, door=door, changes=dict(changes))


def settings_replace(*, workspace: Workspace, actor: User | None, stored: Mapping[str, Any], door: str = "") -> None:
    """Puts a whole document as RoutingSettings has it, with the flag, in the place of the present one. Raises
    ConfigInvalid."""

    def change(document: Json) -> None:
        document["settings"], document[store.FLAG] = store.split(stored)

    edit(workspace=workspace, actor=actor, type="settings.replaced", change=change, door=door)


def fallback_chain_set(*, workspace: Workspace, actor: User | None, enabled: bool | None, door: str = "") -> None:
    """The workspace's own word on LOVABLE_FALLBACK_CHAIN; None leaves it to `fallback_system.enabled`. Environment and
    file go before it."""

    def change(document: Json) -> None:
        document[store.FLAG] = {} if enabled is None else {"p2_fallback_chain": {"enabled": enabled}}

    edit(workspace=workspace, actor=actor, type="fallback_chain.set", change=change, door=door, enabled=enabled)


def _merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> Json:
    found = dict(before)
    for name, value in changes.items():
        if isinstance(value, Mapping):
            old = found.get(name)
            found[name] = _merged(old if isinstance(old, Mapping) else {}, value)
        elif value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return {name: value for name, value in found.items() if value != {}}
