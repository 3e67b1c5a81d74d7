"""Dividing work that models do: at most eight parts, one after the other, because they may touch the same files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from projects.engine.outcome import NewTask
from projects.engine.parts import MAX_DEPTH, MAX_PARTS
from projects.guidance import KEY, Guidance, guidance_of, with_guidance
from projects.models import Task
from projects.states import Phase

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one part is about; `params` beside the guidance."""

    title: str
    params: Mapping[str, Any]


def groups(whole: Sequence[T], most: int = MAX_PARTS) -> list[list[T]]:
    """The whole in order, in at most so many groups of nearly equal size; nothing where it is one thing."""
    if len(whole) < 2:
        return []
    count = min(most, len(whole))
    edges = [len(whole) * number // count for number in range(count + 1)]
    return [list(whole[low:high]) for low, high in pairwise(edges)]


def may_divide(task: Task) -> bool:
    """Whether the work was not divided so often already that another time is refused."""
    return guidance_of(task.params).depth < MAX_DEPTH


def in_a_row(task: Task, pieces: Sequence[Piece]) -> list[NewTask]:
    """A task of the same kind for each piece, each after the one before. They keep whom not to ask and what a person
    said; the approach and the forbidden ones were about the whole."""
    guided = guidance_of(task.params)
    kept = Guidance(avoid=guided.avoid, note=guided.note, depth=guided.depth + 1)
    rest = {name: value for name, value in task.params.items() if name != KEY}
    keys = [f"{task.key}.e{task.epoch}.{number}" for number in range(1, len(pieces) + 1)]
    return [
        NewTask(
            key=key, kind=task.kind, phase=Phase(task.phase), title=piece.title[:200],
            params=with_guidance({**rest, **piece.params}, kept), needs=[before] if before else [],
            priority=task.priority, estimate_s=max(1, task.estimate_s // len(pieces)), milestone=task.milestone,
            critical=task.critical, parent=task.pk,
        )
        for key, before, piece in zip(keys, ["", *keys], pieces, strict=False)
    ]  # fmt: skip
