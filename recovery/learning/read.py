"""Reading what was learned: two queries, for one failure or for many."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from autodev.lib import clock
from projects.models import Task
from recovery.learning.evidence import Evidence, together
from recovery.models import KnownFix, StrategyRecord
from recovery.situation import Learned
from recovery.states import Strategy

# How many signatures one query names: SQLite takes 32,766 parameters, PostgreSQL 65,535.
SIGNATURES_AT_ONCE = 5000
LearnedRates = Mapping[Strategy, Learned]
Cell = tuple[uuid.UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """What learned rates are asked for."""

    workspace_id: uuid.UUID
    failure_kind: str
    task_kind: str
    signature: str


def learned_for(
    *, workspace_id: uuid.UUID, failure_kind: str, task_kind: str, signature: str, now: dt.datetime
) -> LearnedRates:
    """What each strategy did to such failures; strategies of which nothing is known are left out."""
    one = Failing(workspace_id=workspace_id, failure_kind=failure_kind, task_kind=task_kind, signature=signature)
    return learned_for_many([one], now=now)[one]


def learned_for_many(failing: Collection[Failing], *, now: dt.datetime) -> dict[Failing, LearnedRates]:
    """The same for many at once: two queries, and one more for every 5,000 signatures."""
    records = _records({(one.workspace_id, one.failure_kind) for one in failing})
    fixes = _fixes(failing)
    return {
        one: learned(one, records.get((one.workspace_id, one.failure_kind), ()), fixes.get(one, ()), now)
        for one in failing
    }


class Learning:
    """Remembers the rates between the chunks of a batch; known fixes are those of the last chunk."""

    def __init__(self, now: dt.datetime | None = None) -> None:
        self._now = now or clock.utcnow()
        self._records: dict[Cell, list[StrategyRecord]] = {}
        self._fixes: dict[Failing, list[KnownFix]] = {}

    def read(self, tasks: Collection[Task]) -> None:
        """Reads what these tasks, whose builds are loaded, need: at most two queries."""
        failing = {_failing(task) for task in tasks}
        cells = {(one.workspace_id, one.failure_kind) for one in failing} - self._records.keys()
        if cells:
            self._records |= {cell: [] for cell in cells} | _records(cells)
        self._fixes = _fixes(failing)

    def of(self, task: Task) -> LearnedRates:
        """The rates for a task that was read."""
        one = _failing(task)
        records = self._records.get((one.workspace_id, one.failure_kind), [])
        return learned(one, records, self._fixes.get(one, ()), self._now)


def learned(
    failing: Failing, records: Sequence[StrategyRecord], fixes: Sequence[KnownFix], now: dt.datetime
) -> LearnedRates:
    """From the rows of this kind of failure (all kinds of task) and those of this very failure. Pure."""
    by_strategy: dict[Strategy, tuple[list[Evidence], list[Evidence]]] = defaultdict(lambda: ([], []))
    for row in records:
        beside = row.task_kind != failing.task_kind
        evidence = Evidence(good=row.good, bad=row.bad, at=row.updated_at)
        by_strategy[Strategy(row.strategy)][beside].append(evidence)
    best = _best(fixes)
    found = {}
    for strategy in by_strategy.keys() | best.keys():
        good, bad = together(*by_strategy[strategy], now)
        fix = best.get(strategy)
        found[strategy] = Learned(
            good=good,
            bad=bad,
            known=(fix.successes, fix.uses) if fix is not None else (0, 0),
            known_params=fix.params if fix is not None else {},
        )
    return found


def _best(fixes: Sequence[KnownFix]) -> dict[Strategy, KnownFix]:
    """For each strategy the use of it that helped most surely with this failure."""
    ranked = sorted(fixes, key=lambda row: (row.successes + 1) / (row.uses + 2))
    return {Strategy(row.strategy): row for row in ranked}


def _failing(task: Task) -> Failing:
    return Failing(
        workspace_id=task.build.workspace_id,
        failure_kind=task.error_kind,
        task_kind=task.kind,
        signature=task.fingerprint,
    )


def _records(cells: Collection[Cell]) -> dict[Cell, list[StrategyRecord]]:
    found: dict[Cell, list[StrategyRecord]] = defaultdict(list)
    rows = StrategyRecord.objects.filter(
        workspace_id__in={workspace for workspace, _ in cells}, failure_kind__in={kind for _, kind in cells}
    )
    for row in rows:
        found[row.workspace_id, row.failure_kind].append(row)
    return found


def _fixes(failing: Collection[Failing]) -> dict[Failing, list[KnownFix]]:
    """Of a fix counts the strategy that was used, whatever kind the failure was called then."""
    places: dict[tuple[uuid.UUID, str, str], list[Failing]] = defaultdict(list)
    for one in failing:
        if one.signature:
            places[one.workspace_id, one.signature, one.task_kind].append(one)
    found: dict[Failing, list[KnownFix]] = defaultdict(list)
    workspaces = {workspace for workspace, _, _ in places}
    for signatures in _chunks({signature for _, signature, _ in places}):
        for row in KnownFix.objects.filter(workspace_id__in=workspaces, signature__in=signatures).order_by():
            for one in places.get((row.workspace_id, row.signature, row.task_kind), ()):
                found[one].append(row)
    return found


def _chunks(signatures: Collection[str]) -> Iterator[list[str]]:
    remaining = iter(sorted(signatures))
    while some := list(islice(remaining, SIGNATURES_AT_ONCE)):
        yield some
