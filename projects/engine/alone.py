"""Builds that an engine of this process runs for a caller who waits for their end: nobody is there to answer
questions."""

from __future__ import annotations

import uuid

_here: list[uuid.UUID] = []


def begin(build_id: uuid.UUID) -> None:
    _here.append(build_id)


def end(build_id: uuid.UUID) -> None:
    """Takes one `begin` back; nothing where there was none."""
    if build_id in _here:
        _here.remove(build_id)


def builds() -> frozenset[uuid.UUID]:
    """All that this process runs so."""
    return frozenset(_here)


def runs_here(build_id: uuid.UUID) -> bool:
    """Whether this process runs the build for a waiting caller."""
    return build_id in _here
