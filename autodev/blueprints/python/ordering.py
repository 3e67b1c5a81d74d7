"""The order in which tables can be made."""

from __future__ import annotations

from typing import Protocol, TypeVar

from autodev.spec.schema import EntitySpec


class Described(Protocol):
    """A view of an entity of the Spec."""

    @property
    def spec(self) -> EntitySpec: ...


V = TypeVar("V", bound=Described)


def by_dependency(entities: list[V]) -> list[V]:
    """The entities, each after those whose table its keys point to (where they do not point in a circle)."""
    found: list[V] = []
    waiting = list(entities)
    while waiting:
        names = {e.spec.name for e in waiting}
        ready = [e for e in waiting if not (({r.target for r in e.spec.relations} & names) - {e.spec.name})]
        chosen = ready or waiting[:1]
        found += chosen
        waiting = [e for e in waiting if e not in chosen]
    return found
