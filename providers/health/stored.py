"""A Window as the JSON of `Breaker.health`, and back. What an older or newer version wrote reads as far as it fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from providers.failures.kinds import FailureKind
from providers.health.window import OK, Window

KNOWN = {OK, *(kind.value for kind in FailureKind)}
_PLAIN = [item.name for item in fields(Window) if item.name not in {"recent", "minutes"}]
_FRESH = Window()


def window_json(window: Window) -> dict[str, Any]:
    """Only what differs from a fresh window, so that an idle provider's row stays small."""
    document: dict[str, Any] = {
        name: round(value, 6) if isinstance(value, float) else value
        for name in _PLAIN
        if (value := getattr(window, name)) != getattr(_FRESH, name)
    }
    if window.recent:
        document["recent"] = list(window.recent)
    if window.minutes:
        document["minutes"] = {str(minute): dict(kinds) for minute, kinds in window.minutes.items()}
    return document


def window_of(document: Mapping[str, Any]) -> Window:
    """The window that a document holds; kinds and fields that are not known here are left out."""
    values: dict[str, Any] = {name: document[name] for name in _PLAIN if name in document}
    recent = tuple(kind for kind in document.get("recent", ()) if kind in KNOWN)
    minutes = {
        int(minute): {kind: int(number) for kind, number in kinds.items() if kind in KNOWN}
        for minute, kinds in document.get("minutes", {}).items()
    }
    return Window(recent=recent, minutes=minutes, **values)
