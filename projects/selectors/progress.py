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
        PhaseProgress(
            phase=phase,
            weight=PHASE_WEIGHT[phase],
            **_one(build, [t for t in tasks if t.phase == phase], position < current),
        )
        for position, phase in enumerate(order)
    ]


def _one(build: Build, tasks: Sequence[Task], passed: bool) -> dict[str, str | int]:  # noqa: FBT001 - private, one caller
    if not tasks:
        well = build.state in (BuildState.SUCCEEDED, BuildState.DEGRADED)
        if passed or well:
            return {"state": TaskState.SUCCEEDED.value, "percent": 100}
        ended = build.is_final
        return {"state": (TaskState.CANCELLED if ended else TaskState.PENDING).value, "percent": 0}
    states = {t.state for t in tasks}
    state = next((s for s in _WORST_FIRST if s in states), TaskState.SUCCEEDED)
    percent = sum(100 if t.state in TASK_FINAL else t.progress for t in tasks) // len(tasks)
    return {"state": state.value, "percent": percent}
