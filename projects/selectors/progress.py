"""How far a build is, phase by phase. Pure over rows that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from projects.models import Build, Task
from projects.states import PHASE_WEIGHT, TASK_FINAL, BuildState, Phase, TaskState

_WORST_FIRST = (
    TaskState.FAILED, TaskState.QUARANTINED, TaskState.RUNNING, TaskState.WAITING, TaskState.READY, TaskState.PENDING,
    TaskState.CANCELLED, TaskState.DEGRADED,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PhaseProgress:
    """One step of the phase bar. `state` is a task state's value; `percent` counts within the phase."""

    phase: Phase
    state: str
    percent: int
    weight: int

    @property
    def label(self) -> str:
        return str(self.phase.label)

    @property
    def state_label(self) -> str:
        return str(TaskState(self.state).label)


def phases_of(build: Build, tasks: Sequence[Task]) -> list[PhaseProgress]:
    """All seven phases in order. A phase without tasks is done where a later one has begun or the build went well."""
    order = list(Phase)
    current = order.index(Phase(build.phase))
    return [
        _one(build, phase, [t for t in tasks if t.phase == phase], passed=position < current)
        for position, phase in enumerate(order)
    ]


def _one(build: Build, phase: Phase, tasks: Sequence[Task], *, passed: bool) -> PhaseProgress:
    state, percent = _from_tasks(tasks) if tasks else _without_tasks(build, passed=passed)
    return PhaseProgress(phase=phase, state=state.value, percent=percent, weight=PHASE_WEIGHT[phase])


def _without_tasks(build: Build, *, passed: bool) -> tuple[TaskState, int]:
    if passed or build.state in (BuildState.SUCCEEDED, BuildState.DEGRADED):
        return TaskState.SUCCEEDED, 100
    return TaskState.CANCELLED if build.is_final else TaskState.PENDING, 0


def _from_tasks(tasks: Sequence[Task]) -> tuple[TaskState, int]:
    states = {t.state for t in tasks}
    state = next((s for s in _WORST_FIRST if s in states), TaskState.SUCCEEDED)
    return state, sum(100 if t.state in TASK_FINAL else t.progress for t in tasks) // len(tasks)
