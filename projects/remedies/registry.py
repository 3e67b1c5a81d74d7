"""Which remedies a kind of task has."""

from __future__ import annotations

from projects.remedies.types import Nothing, Remedies

_remedies: dict[str, Remedies] = {}
_NOTHING = Nothing()


def register_remedies(kind: str, remedies: Remedies) -> None:
    """Names the remedies of a kind. Raises ValueError where others are named already."""
    if _remedies.setdefault(kind, remedies) is not remedies:
        raise ValueError(f"there are remedies for {kind!r} already")


def remedies_for(kind: str) -> Remedies:
    """Those of the kind, or none."""
    return _remedies.get(kind, _NOTHING)
