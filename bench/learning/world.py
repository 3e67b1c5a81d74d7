"""A world in which failures come, and strategies help as often as it says: not as seeds 004 claims."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from recovery.situation import Situation
from recovery.states import SIX, Strategy

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WORKSPACE = uuid.UUID(int=1)
FAILURE_KINDS = (
    "work", "tests", "code", "unknown", "malformed_answer", "no_progress", "merge_conflict", "context_window",
)  # fmt: skip
TASK_KINDS = ("implement", "refine", "validate")
FIVE = tuple(one for one in SIX if one != Strategy.SKIP_WITH_FALLBACK)
# Of all failures, how many are one of those that come again and again, and how many such there are for a cell.
RECURRING, SIGNATURES = 0.4, 12
Cell = tuple[str, str]
Rates = Mapping[Strategy, float]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One failure: how often each strategy truly helps with it, and the dice that decide it, one for each use; the same
    for whoever chooses."""

    number: int
    at: dt.datetime
    cell: Cell
    signature: str
    rates: Rates
    dice: Mapping[Strategy, tuple[float, ...]]

    def helps(self, strategy: Strategy, use: int) -> bool:
        return self.dice[strategy][use] < self.rates[strategy]

    def situation(self) -> Situation:
        """Its first failed attempt. All strategies but a fallback are open to it."""
        kind, task_kind = self.cell
        return Situation(
            workspace_id=WORKSPACE, build_id=uuid.UUID(int=2), task_id=uuid.UUID(int=self.number), epoch=1, now=self.at,
            failed_at=self.at, task_key=task_kind, task_kind=task_kind, critical=True, failure_kind=kind,
            signature=self.signature, message="It failed.", provider="a", attempts=1, providers=("a", "b", "c"),
            by_provider=True, parts=3, approaches=("x", "y"),
        )  # fmt: skip


def troubles(*, count: int, days: float, rng: random.Random, drift: bool = True) -> Iterator[Trouble]:
    """A stream of failures over so many days; in its middle the world changes once, where it drifts."""
    before, after = _world(rng), _world(rng)
    for number in range(count):
        cell = rng.choice(FAILURE_KINDS), rng.choice(TASK_KINDS)
        place = rng.randrange(SIGNATURES) if rng.random() < RECURRING else None
        cells, fixes = after if drift and number >= count // 2 else before
        yield Trouble(
            number=number,
            at=START + dt.timedelta(days=days * number / count),
            cell=cell,
            signature=f"{'-'.join(cell)}-{place if place is not None else f'once-{number}'}",
            rates=cells[cell] if place is None else fixes[cell, place],
            dice={one: tuple(rng.random() for _ in range(8)) for one in FIVE},
        )


def _world(rng: random.Random) -> tuple[dict[Cell, Rates], dict[tuple[Cell, int], Rates]]:
    cells = {cell: _rates(rng) for cell in product(FAILURE_KINDS, TASK_KINDS)}
    return cells, {(cell, place): _rates(rng) for cell in cells for place in range(SIGNATURES)}


def _rates(rng: random.Random) -> Rates:
    """One strategy is good, the others are not."""
    best = rng.choice(FIVE)
    return {one: rng.uniform(0.7, 0.95) if one == best else rng.uniform(0.05, 0.4) for one in FIVE}
