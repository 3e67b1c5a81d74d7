"""What a gateway that serves alone loads before the first call comes, so that no caller waits seconds for it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable

from django.db import close_old_connections

from providers.kinds.models import model_kind, model_kinds
from providers.models import Provider
from providers.targets import ModelKind

ENV = "env:"


def kinds_in_use() -> set[str]:
    """The kinds of models that an enabled provider of any workspace has which can be asked: with a key, or without need
    of one. Without any, nothing is worth its memory."""
    rows = Provider.objects.filter(enabled=True, kind__in=model_kinds()).values_list("kind", "keys", "document")
    return {kind for kind, keys, document in rows if document.get("needs_key") is False or any(map(_there, keys))}


def warm(kinds: Callable[[str], ModelKind] = model_kind) -> threading.Thread:
    """Loads them on a thread of its own. A call that comes before its end waits for the rest of it."""
    thread = threading.Thread(target=_load, args=(kinds,), name="gateway-warming", daemon=True)
    thread.start()
    return thread


def _load(kinds: Callable[[str], ModelKind]) -> None:
    try:
        names = kinds_in_use()
    finally:
        close_old_connections()
    for name in sorted(names):
        prepare = getattr(kinds(name), "prepare", None)
        if prepare is not None:
            asyncio.run(prepare())


def _there(key: str) -> bool:
    return not key.startswith(ENV) or bool(os.environ.get(key.removeprefix(ENV)))
