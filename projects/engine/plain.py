"""Values as the databases can hold them: JSON without NUL characters, lone surrogates and numbers that are none (NaN,
Infinity), which PostgreSQL refuses."""

from __future__ import annotations

import json
from typing import Any

from autodev.lib.plain import storable as clean_text

__all__ = ["clean_text", "plain"]


def plain(value: Any) -> Any:
    """The value as it comes back from JSON, so that a replayed answer equals the first one; a number that is none is
    null. Raises TypeError for what JSON does not know."""
    return _clean(json.loads(json.dumps(value), parse_constant=lambda _: None))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {clean_text(key): _clean(one) for key, one in value.items()}
    return value
