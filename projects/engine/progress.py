"""How far a build is: the share of each phase, weighed; and what its tasks' states say, in the same query."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from autodev.lib import rows
from autodev.lib.rows import Statement
from projects.states import PHASE_ORDER, PHASE_WEIGHT, TASK_BROKEN, TASK_FINAL, TASK_LIVE, Phase, TaskState

TALLY = """
SELECT phase, state, critical, COUNT(*), SUM(progress) FROM projects_task WHERE build_id = %s
 GROUP BY phase, state, critical
"""


class PhaseShare(NamedTuple):
    """Of a phase's tasks: how many, and the sum of their per cents."""

    tasks: int
    percents: int


def percent(shares: Mapping[Phase, PhaseShare]) -> int:
    """Per cent of the whole, 0 to 99: a hundred is for the gate to say. A phase without tasks counts as done once a
    later one has begun."""
    begun = [PHASE_ORDER[phase] for phase, share in shares.items() if share.percents]
    latest = max(begun, default=-1)
    done = 0.0
    for phase, weight in PHASE_WEIGHT.items():
        share = shares.get(phase)
        if share is not None and share.tasks:
            done += weight * share.percents / (100 * share.tasks)
        elif PHASE_ORDER[phase] < latest:
            done += weight
    return min(99, int(done))


class Tally(NamedTuple):
    """Of a build's tasks: the per cent of the whole, whether one may still run, one waits for its needs, and one that
    the build cannot do without broke."""

    percent: int
    live: bool
    pending: bool
    broken: bool


def tally(build_id: uuid.UUID) -> Tally:
    """Reads it; one query, by phase and state."""
    return tallied(rows.fetch(*tally_statement(build_id)))


def tally_statement(build_id: uuid.UUID) -> Statement:
    """The query of `tally`, to go with others; `tallied` reads its rows."""
    return Statement(TALLY, [rows.key(build_id)])


def tallied(groups: Iterable[tuple[Any, ...]]) -> Tally:
    """The tally of the query's rows."""
    shares: dict[Phase, PhaseShare] = {}
    states: set[str] = set()
    broken = False
    for phase, state, critical, tasks, percents in groups:
        share = shares.get(phase, PhaseShare(0, 0))
        done = 100 * tasks if state in TASK_FINAL else int(percents)
        shares[Phase(phase)] = PhaseShare(share.tasks + tasks, share.percents + done)
        states.add(state)
        broken = broken or (bool(critical) and state in TASK_BROKEN)
    return Tally(percent(shares), bool(states & TASK_LIVE), TaskState.PENDING in states, broken)


def build_percent(build_id: uuid.UUID) -> int:
    """The per cent alone."""
    return tally(build_id).percent
