"""The families of recognisers, in the order in which they read. A family is one file; it registers itself here.

Structure first (entities, relations, verbs that make records), then actions, then rules that speak of both, then
features. Every reader sees every clause, takes the words it accounts for and adds to the draft.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.text import Clause

Reader = Callable[[Draft, Clause], None]


class Stage(IntEnum):
    DECLARE = 1
    RELATE = 2
    EVENTS = 3
    ACTIONS = 4
    RULES = 5
    DERIVE = 6
    FEATURES = 7


_readers: list[tuple[Stage, str, Reader]] = []


def reads(stage: Stage) -> Callable[[Reader], Reader]:
    """Registers a reader for a stage."""

    def register(reader: Reader) -> Reader:
        _readers.append((stage, f"{reader.__module__}.{reader.__name__}", reader))
        return reader

    return register


def readers() -> list[Reader]:
    """All readers: by stage, within one by name, so that the order does not hang on imports."""
    return [reader for _, _, reader in sorted(_readers, key=lambda entry: entry[:2])]
