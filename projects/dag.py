"""The picture of a build's tasks: columns by longest path, drawn by the template as SVG. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
NODE_WIDTH = 168
NODE_HEIGHT = 40
GAP_X = 44
GAP_Y = 14
MARGIN = 8


@dataclass(frozen=True, kw_only=True)
class Node(Generic[K]):
    """A box: its top left corner in user units."""

    key: K
    x: int
    y: int

    @property
    def middle(self) -> int:
        return self.y + NODE_HEIGHT // 2


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A curve from the right side of one box to the left side of another, as the `d` of a path."""

    d: str


@dataclass(frozen=True, kw_only=True)
class Picture(Generic[K]):
    nodes: list[Node[K]]
    edges: list[Edge]
    width: int
    height: int


def columns(keys: Sequence[K], edges: Iterable[tuple[K, K]]) -> dict[K, int]:
    """Key → the length of the longest path that leads to it. Raises ValueError where there is a cycle."""
    known = set(keys)
    needs: dict[K, set[K]] = {key: set() for key in keys}
    for before, after in edges:
        if before in known and after in known:
            needs[after].add(before)
    placed: dict[K, int] = {}
    waiting = list(keys)
    while waiting:
        free = [key for key in waiting if needs[key] <= placed.keys()]
        if not free:
            raise ValueError("the tasks wait for each other in a circle")
        for key in free:
            placed[key] = 1 + max((placed[n] for n in needs[key]), default=-1)
        waiting = [key for key in waiting if key not in placed]
    return placed


def layout(keys: Sequence[K], edges: Sequence[tuple[K, K]]) -> Picture[K]:
    """Boxes and curves. Raises ValueError where there is a cycle."""
    column_of = columns(keys, edges)
    rows: dict[int, int] = {}
    at: dict[K, Node[K]] = {}
    for key in keys:
        column = column_of[key]
        row = rows.get(column, 0)
        rows[column] = row + 1
        at[key] = Node(key=key, x=MARGIN + column * (NODE_WIDTH + GAP_X), y=MARGIN + row * (NODE_HEIGHT + GAP_Y))
    drawn = [Edge(d=_curve(at, before, after)) for before, after in edges if before in at and after in at]
    width = 2 * MARGIN + len(rows) * NODE_WIDTH + max(0, len(rows) - 1) * GAP_X
    tallest = max(rows.values(), default=0)
    return Picture(
        nodes=list(at.values()),
        edges=drawn,
        width=width,
        height=2 * MARGIN + tallest * NODE_HEIGHT + max(0, tallest - 1) * GAP_Y,
    )


def _curve(at: Mapping[K, Node[K]], before: K, after: K) -> str:
    start, end = at[before], at[after]
    x1, x2 = start.x + NODE_WIDTH, end.x
    bend = (x2 - x1) // 2
    return f"M{x1} {start.middle}C{x1 + bend} {start.middle} {x2 - bend} {end.middle} {x2} {end.middle}"
