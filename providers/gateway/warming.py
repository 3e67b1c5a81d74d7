"""What a gateway that serves alone loads before the first call comes, so that no caller waits seconds for it.

A gateway that was there before its first provider looks again until there is one."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections

from providers.kinds.models import model_kind, model_kinds
from providers.models import Provider
from providers.targets import ModelKind

ENV = "env:"
LOOK_EVERY_S = 2.0
log = logging.getLogger(__name__)


def kinds_in_use() -> set[str]:
    """The kinds of models that an enabled provider of any workspace has which can be asked: with a key, or without need
    of one. Without any, nothing is worth its memory."""
    rows = Provider.objects.filter(enabled=True, kind__in=model_kinds()).values_list("kind", "keys", "document")
    return {kind for kind, keys, document in rows if document.get("needs_key") is False or any(map(_there, keys))}


def warm(
    kinds: Callable[[str], ModelKind] = model_kind, *, pause: Callable[[float], None] = time.sleep
) -> threading.Thread:
    """Loads them on a thread of its own, which ends when all are loaded. A call that comes before waits for the rest of
    the loading. `pause` waits so many seconds."""
    thread = threading.Thread(target=_load, args=(kinds, pause), name="gateway-warming", daemon=True)
    thread.start()
    return thread


def _load(kinds: Callable[[str], ModelKind], pause: Callable[[float], None]) -> None:
    loaded: set[str] = set()
    while True:
        for name in sorted(_found() - loaded):
            prepare = getattr(kinds(name), "prepare", None)
            if prepare is not None:
                asyncio.run(prepare())
            loaded.add(name)
        if loaded >= set(model_kinds()):
            return
        pause(LOOK_EVERY_S)


def _found() -> set[str]:
    try:
        return kinds_in_use()
    except DatabaseError as error:
        log.warning("gateway.warming_waits", extra={"error": str(error)[:200]})
        return set()
    finally:
        close_old_connections()


def _there(key: str) -> bool:
    return not key.startswith(ENV) or bool(os.environ.get(key.removeprefix(ENV)))
