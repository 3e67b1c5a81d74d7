"""The provider kinds that this installation has: built-in ones and plug-ins of the entry point group
`autodev.providers`."""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib.metadata import entry_points

from providers.kinds.base import ProviderKind
from providers.kinds.blueprint import BlueprintKind

logger = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def kinds() -> tuple[ProviderKind, ...]:
    """Every kind, those that need a key or a network first, the emergency kinds last. A plug-in that does not load is
    logged and left out; the others are not affected."""
    found: list[ProviderKind] = [BlueprintKind()]
    for point in entry_points(group="autodev.providers"):
        try:
            found.append(point.load()())
        except Exception:
            logger.exception("provider plug-in failed to load", extra={"plugin": point.name})
    return tuple(sorted(found, key=lambda kind: kind.emergency))
