"""Attempts to recover, as rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from projects.models import Task
from recovery.models import RecoveryAttempt, StrategyRecord
from recovery.states import Origin, RecoveryState, Source, Strategy
from tests.factories.projects import TaskFactory

NOW = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)
SIGNATURE = "5" * 32


def failed_task(**given: Any) -> Task:
    return TaskFactory.create(**({"kind": "implement", "error_kind": "work", "fingerprint": SIGNATURE} | given))


def attempt_of(task: Task, strategy: Strategy = Strategy.ALTERNATIVE_APPROACH, **given: Any) -> RecoveryAttempt:
    """The task's next attempt to recover, applied."""
    number = RecoveryAttempt.objects.filter(task=task).count() + 1
    values: dict[str, Any] = {
        "workspace": task.build.workspace, "build": task.build, "task": task, "epoch": number, "number": number,
        "origin": Origin.BATCH, "strategy": strategy, "source": Source.LEARNED, "state": RecoveryState.APPLIED,
        "confidence": 0.8, "failure_kind": task.error_kind, "signature": task.fingerprint, "task_kind": task.kind,
        "message": "It failed.", "failed_at": NOW,
    }  # fmt: skip
    return RecoveryAttempt.objects.create(**(values | given))


def record_of(task: Task, strategy: Strategy = Strategy.ALTERNATIVE_APPROACH) -> StrategyRecord:
    return StrategyRecord.objects.get(workspace=task.build.workspace, strategy=strategy)
