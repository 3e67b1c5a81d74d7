"""The tables of states, and how the facts of its tasks end a build."""

from __future__ import annotations

import pytest

from projects.engine.settle import NO_VERDICT, Ending, Facts, conclude
from projects.states import (
    BUILD_EDGES,
    BUILD_FINAL,
    BUILD_LIVE,
    PHASE_ORDER,
    PHASE_WEIGHT,
    TASK_BROKEN,
    TASK_DONE,
    TASK_EDGES,
    TASK_FINAL,
    TASK_LIVE,
    BuildState,
    Phase,
    TaskState,
)


def test_the_tables_name_every_state_once() -> None:
    assert set(TASK_EDGES) == set(TaskState)
    assert set(BUILD_EDGES) == set(BuildState)
    assert set(TaskState) == TASK_LIVE | TASK_FINAL | {TaskState.QUARANTINED}
    assert not TASK_LIVE & (TASK_FINAL | TASK_BROKEN)
    assert set(BuildState) == BUILD_LIVE | BUILD_FINAL
    assert TASK_DONE < TASK_FINAL


def test_there_is_one_way_in_to_running_and_none_out_of_the_end() -> None:
    assert {state for state, after in TASK_EDGES.items() if TaskState.RUNNING in after} == {TaskState.READY}
    assert all(not TASK_EDGES[state] for state in TASK_FINAL)
    assert all(not BUILD_EDGES[state] for state in BUILD_FINAL)


def test_weights_are_per_cents_of_all_phases() -> None:
    assert sum(PHASE_WEIGHT.values()) == 100
    assert set(PHASE_WEIGHT) == set(PHASE_ORDER) == set(Phase)


@pytest.mark.parametrize(
    ("facts", "ending"),
    [
        (Facts(live=True), None),
        (Facts(live=True, verdict="succeeded"), None),
        (Facts(verdict="succeeded"), Ending(state=BuildState.SUCCEEDED)),
        (Facts(verdict="degraded", degraded=["x"]), Ending(state=BuildState.DEGRADED, degraded=["x"])),
        (Facts(verdict="succeeded", degraded=["x"]), Ending(state=BuildState.DEGRADED, degraded=["x"])),
        (Facts(verdict="failed", degraded=["x", "y"]), Ending(state=BuildState.FAILED, broken=["x", "y"])),
        (Facts(verdict="failed"), Ending(state=BuildState.FAILED, broken=[NO_VERDICT])),
        (Facts(), Ending(state=BuildState.FAILED, broken=[NO_VERDICT])),
        (Facts(verdict="perfect"), Ending(state=BuildState.FAILED, broken=[NO_VERDICT])),
        (Facts(broken=["b"], verdict="succeeded"), Ending(state=BuildState.FAILED, broken=["b"])),
        (Facts(broken=["b"], live=True), Ending(state=BuildState.FAILED, broken=["b"])),
    ],
)
def test_only_a_verdict_makes_a_success(facts: Facts, ending: Ending | None) -> None:
    assert conclude(facts) == ending
