"""States of builds, tasks and attempts as pure tables. Every change of state is a compare-and-swap along an edge
here."""

from __future__ import annotations

from django.db import models


class BuildState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    SUCCEEDED = "succeeded", "Succeeded"
    DEGRADED = "degraded", "Degraded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class TaskState(models.TextChoices):
    PENDING = "pending", "Pending"
    READY = "ready", "Ready"
    RUNNING = "running", "Running"
    WAITING = "waiting", "Waiting"
    SUCCEEDED = "succeeded", "Succeeded"
    DEGRADED = "degraded", "Degraded"
    SUPERSEDED = "superseded", "Superseded"
    QUARANTINED = "quarantined", "Quarantined"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


BUILD_FINAL = frozenset({BuildState.SUCCEEDED, BuildState.DEGRADED, BuildState.FAILED, BuildState.CANCELLED})
TASK_FINAL = frozenset({
    TaskState.SUCCEEDED, TaskState.DEGRADED, TaskState.SUPERSEDED, TaskState.FAILED, TaskState.CANCELLED,
})  # fmt: skip
# What dependents wait for. SUPERSEDED is none of it: other tasks do that work, and dependents need those.
TASK_DONE = frozenset({TaskState.SUCCEEDED, TaskState.DEGRADED})
TASK_LIVE = frozenset({TaskState.PENDING, TaskState.READY, TaskState.RUNNING, TaskState.WAITING})
TASK_BROKEN = frozenset({TaskState.FAILED, TaskState.QUARANTINED})
BUILD_LIVE = frozenset({BuildState.QUEUED, BuildState.RUNNING, BuildState.PAUSED})

BUILD_EDGES: dict[BuildState, frozenset[BuildState]] = {
    BuildState.QUEUED: frozenset({BuildState.RUNNING, BuildState.PAUSED, BuildState.CANCELLED, BuildState.FAILED}),
    BuildState.RUNNING: frozenset({
        BuildState.PAUSED, BuildState.SUCCEEDED, BuildState.DEGRADED, BuildState.FAILED, BuildState.CANCELLED,
    }),
    BuildState.PAUSED: frozenset({BuildState.RUNNING, BuildState.QUEUED, BuildState.CANCELLED, BuildState.FAILED}),
    **dict.fromkeys(BUILD_FINAL, frozenset()),
}  # fmt: skip

TASK_EDGES: dict[TaskState, frozenset[TaskState]] = {
    TaskState.PENDING: frozenset({TaskState.READY, TaskState.CANCELLED, TaskState.SUPERSEDED, TaskState.FAILED}),
    TaskState.READY: frozenset({
        TaskState.RUNNING, TaskState.CANCELLED, TaskState.SUPERSEDED, TaskState.FAILED,
        TaskState.WAITING,  # what it needs is gone: recovery decides, and no worker tries
    }),
    TaskState.RUNNING: frozenset({
        TaskState.READY, TaskState.WAITING, TaskState.SUCCEEDED, TaskState.DEGRADED, TaskState.QUARANTINED,
        TaskState.FAILED, TaskState.CANCELLED,
    }),
    TaskState.WAITING: frozenset({
        TaskState.READY, TaskState.DEGRADED, TaskState.SUPERSEDED, TaskState.QUARANTINED, TaskState.FAILED,
        TaskState.CANCELLED,
    }),
    TaskState.QUARANTINED: frozenset({TaskState.READY, TaskState.FAILED, TaskState.CANCELLED}),
    **dict.fromkeys(TASK_FINAL, frozenset()),
}  # fmt: skip


class Phase(models.TextChoices):
    """The phases of 003 and their share of the whole, in per cent, by which progress is told."""

    UNDERSTAND = "understand", "Understand"
    RESEARCH = "research", "Research"
    PLAN = "plan", "Plan"
    IMPLEMENT = "implement", "Implement"
    VALIDATE = "validate", "Validate"
    REFINE = "refine", "Refine"
    DELIVER = "deliver", "Deliver"


PHASE_WEIGHT: dict[Phase, int] = {
    Phase.UNDERSTAND: 5, Phase.RESEARCH: 10, Phase.PLAN: 10, Phase.IMPLEMENT: 50, Phase.VALIDATE: 15, Phase.REFINE: 5,
    Phase.DELIVER: 5,
}  # fmt: skip

PHASE_ORDER: dict[Phase, int] = {phase: position for position, phase in enumerate(Phase)}

# What the key of a step begins with that was undone; the row stays, and the key is free again.
ROLLED_BACK = "rolled-back"
# The wait reason of a failed attempt on which recovery has not decided yet.
RECOVERY = "recovery"
# The wait reason of a task about which a person was asked; only an answer or the end of that time moves it.
PERSON = "person"
