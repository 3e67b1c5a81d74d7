"""Builds and tasks of this bench, made straight in the database, and what became of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autodev.accounts.models import Workspace
from autodev.lib.ids import new_id
from bench.recovery.world import KEY, TIMEOUT_S
from projects.engine import doorbell
from projects.models import Attempt, AttemptOutcome, Build, Project, Task
from projects.states import TASK_LIVE, BuildState, Phase, TaskState
from providers.models import Provider
from recovery.models import RecoveryAttempt
from recovery.states import Strategy

DEADLINES = {"first_token_s": TIMEOUT_S, "stall_s": TIMEOUT_S, "total_s": 20.0, "connect_s": TIMEOUT_S}
PRICE = {"input_usd": 1, "output_usd": 2}
DOCUMENT = {"deadlines": DEADLINES, "price": PRICE, "capabilities": ["streaming"]}
FAILED = (AttemptOutcome.FAILED, AttemptOutcome.WAITING, AttemptOutcome.LOST)


def workspace(*urls: str) -> Workspace:
    """A workspace with these providers, named a, b, …, in this order."""
    name = new_id().hex
    made = Workspace.objects.create(name=name, slug=name)
    for place, url in enumerate(urls):
        Provider.objects.create(
            workspace=made, name="abcdef"[place], kind="litellm", model="openai/lab-model", api_base=url,
            keys=[f"env:{KEY}"], document=DOCUMENT,
        )  # fmt: skip
    return made


def order(of: Workspace, kind: str, *, tasks: int = 1, params: Mapping[str, Any] | None = None) -> list[uuid.UUID]:
    """So many tasks in one build, each of which the build can do without; rings the bell."""
    project, _ = Project.objects.get_or_create(workspace=of, name="Bench", slug="bench")
    number = Build.objects.filter(project=project).count() + 1
    build = Build.objects.create(project=project, number=number, idea="bench", state=BuildState.RUNNING)
    made = [
        Task(
            build=build, key=f"{kind}-{place}", kind=kind, phase=Phase.IMPLEMENT, title=kind, params=dict(params or {}),
            state=TaskState.READY, critical=False,
        )
        for place in range(tasks)
    ]  # fmt: skip
    Task.objects.bulk_create(made)
    doorbell.ring()
    return [task.pk for task in made]


def ended(tasks: Sequence[uuid.UUID]) -> bool:
    """Whether none of them is alive any more."""
    return not Task.objects.filter(pk__in=tasks, state__in=TASK_LIVE).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Of one task: how it ended, the strategies on its way, each with the kind of failure, the seconds from its first
    failure to its success, and of those the seconds that recovery chose to wait. `why` is what it said last."""

    done: bool
    strategies: tuple[str, ...]
    why: str
    seconds: float
    waited_s: float


def recovery_of(task_id: uuid.UUID) -> Recovery:
    """Read from its rows."""
    attempts = list(Attempt.objects.filter(task=task_id).order_by("epoch"))
    failed = next((one.finished_at for one in attempts if one.outcome in FAILED), None)
    done = next((one.finished_at for one in attempts if one.outcome == AttemptOutcome.SUCCEEDED), None)
    rows = list(RecoveryAttempt.objects.filter(task=task_id).order_by("epoch"))
    return Recovery(
        done=done is not None,
        strategies=tuple(f"{one.failure_kind}: {one.strategy}" for one in rows),
        why=f"{rows[-1].message} {'; '.join(rows[-1].reasons)}" if rows else "",
        seconds=(done - failed).total_seconds() if done and failed else 0.0,
        waited_s=sum(one.delay_s for one in rows if one.strategy == Strategy.RETRY_WITH_DELAY),
    )
