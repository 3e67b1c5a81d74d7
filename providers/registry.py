"""The provider kinds that this installation has: built-in ones and plug-ins of the entry point group
`autodev.providers`."""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib.metadata import entry_points

from providers.kinds.agent import AgentKind
from providers.kinds.base import ProviderKind
from providers.kinds.blueprint import BlueprintKind

GROUP = "autodev.providers"
log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def kinds() -> tuple[ProviderKind, ...]:
    """Every kind, those that need a key or a network first, the emergency kinds last. A plug-in that does not load or
    has
    not the shape of a kind is logged and left out; the others are not affected."""
    built_in: list[ProviderKind] = [AgentKind(), BlueprintKind()]
    found = [(kind.emergency, kind) for kind in built_in]
    for point in entry_points(group=GROUP):
        try:
            kind: ProviderKind = point.load()()
            found.append((bool(kind.emergency), kind))
        except Exception:
            log.exception("provider.plugin_broken", extra={"plugin": point.name})
    return tuple(kind for _, kind in sorted(found, key=lambda pair: pair[0]))
