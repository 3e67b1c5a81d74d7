"""Reading what is known about failed attempts: the situations from which strategies are chosen.

The number of queries grows with chunks and workspaces, not with tasks; memory is that of one chunk.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings

from projects.guidance import guidance_of
from projects.models import Attempt, AttemptOutcome, Build, Task
from projects.remedies import remedies_for
from providers.selectors import now as database_moment
from recovery.askable import JOBS, Askable
from recovery.changes import LastWorked, Present, changes
from recovery.choice.kinds import IMMEDIATE, WORKER_LOST
from recovery.learning.read import Learning
from recovery.models import RecoveryAttempt
from recovery.situation import Past, Situation
from recovery.states import RecoveryState, Strategy

CHUNK = 200
DECIDED = (RecoveryState.APPLIED, RecoveryState.RECOVERED, RecoveryState.RELAPSED)
FAILED = (AttemptOutcome.FAILED, AttemptOutcome.WAITING, AttemptOutcome.LOST)
T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """What the rows of a task's attempts say: the newest failure, and who failed at any of them."""

    at: dt.datetime | None = None
    outside: bool = False
    provider: str = ""
    retry_at: dt.datetime | None = None
    avoid: tuple[str, ...] = ()


def situation_of(task: Task) -> Situation:
    """What is known about the task's newest failure."""
    return situations([task])[0]


def situations(tasks: Iterable[Task]) -> list[Situation]:
    """Those of several tasks, in their order."""
    return [situation for _, situation in each(tasks)]


def each(tasks: Iterable[Task], *, chunk: int = CHUNK) -> Iterator[tuple[Task, Situation]]:
    """The tasks with their situations, read chunk by chunk; a task's `build` is loaded then. One whose build is gone is
    left out."""
    reader, remaining = Reader(), iter(tasks)
    while some := list(islice(remaining, chunk)):
        yield from reader.read(some)


class Reader:
    """Remembers between chunks what many tasks share: providers, learned rates, what last worked."""

    def __init__(self) -> None:
        self._askable = Askable()
        self._worked = LastWorked()
        self._learning = Learning()

    def read(self, tasks: Sequence[Task]) -> list[tuple[Task, Situation]]:
        builds = _builds(tasks)
        there = [task for task in tasks if task.build_id in builds]
        for task in there:
            task.build = builds[task.build_id]
        moment = database_moment()
        failed, past = _failures(there), _histories(there)
        self._worked.read(
            {(task.build.project_id, task.kind) for task in there}, {task.build.workspace_id for task in there}
        )
        self._learning.read(there)
        return [(task, self._situation(task, failed[task.pk], past[task.pk], moment)) for task in there]

    def _situation(self, task: Task, failed: Failed, past: Sequence[Past], moment: dt.datetime) -> Situation:
        build, remedies = task.build, remedies_for(task.kind)
        by_provider = bool(failed.provider) or task.kind in JOBS
        # where no provider does the work, one is only asked for its opinion, and not at once
        asks = by_provider or task.error_kind not in IMMEDIATE
        return Situation(
            workspace_id=build.workspace_id,
            build_id=build.pk,
            task_id=task.pk,
            epoch=task.epoch,
            now=moment,
            failed_at=failed.at or moment,
            task_key=task.key,
            task_kind=task.kind,
            critical=task.critical,
            failure_kind=task.error_kind,
            signature=task.fingerprint,
            message=task.last_error,
            outside=failed.outside,
            provider=failed.provider,
            attempts=task.attempts,
            max_attempts=min(task.max_attempts, settings.MAX_AUTO_RECOVERY_ATTEMPTS),
            waits=task.waits,
            crashes=task.crashes,
            history=past,
            avoid=failed.avoid,
            providers=self._askable.now(build.workspace_id, task.kind) if asks else (),
            retry_at=failed.retry_at,
            left_s=None if build.deadline_at is None else (build.deadline_at - moment).total_seconds(),
            parts=len(_offered(task, remedies.parts)),
            approaches=tuple(one.name for one in _offered(task, remedies.approaches)),
            fallbacks=tuple(_offered(task, remedies.fallbacks)),
            depth=guidance_of(task.params).depth,
            by_provider=by_provider,
            changed=self._changed(task, failed.provider),
            learned=self._learning.of(task),
            workspace_state=build.workspace.state,
        )

    def _changed(self, task: Task, provider: str) -> tuple[str, ...]:
        build = task.build
        then = self._worked.of((build.project_id, task.kind))
        if then is None or then.task_id == task.pk:
            return ()
        revisions = self._worked.revisions_since(build.workspace_id, then.at)
        stack = {name: str(version) for name, version in (build.tech_stack or {}).items()}
        return changes(then, Present(base=task.base, stack=stack, provider=provider, revisions=revisions))


def _builds(tasks: Sequence[Task]) -> dict[uuid.UUID, Build]:
    """One object a build, shared by its tasks, so that a Spec is in memory once."""
    return Build.objects.select_related("workspace", "project").in_bulk({task.build_id for task in tasks})


def _failures(tasks: Sequence[Task]) -> dict[uuid.UUID, Failed]:
    rows: dict[uuid.UUID, list[Mapping[str, Any]]] = defaultdict(list)
    found = Attempt.objects.filter(task__in=tasks, outcome__in=FAILED).order_by("epoch")
    for row in found.values("task_id", "epoch", "outcome", "provider", "retry_at", "details", "finished_at"):
        rows[row["task_id"]].append(row)
    return {task.pk: _failed(rows[task.pk]) for task in tasks}


def _failed(rows: Sequence[Mapping[str, Any]]) -> Failed:
    """The rows of one task, oldest first."""
    if not rows:
        return Failed()
    newest = rows[-1]
    return Failed(
        at=newest["finished_at"],
        outside=newest["outcome"] == AttemptOutcome.WAITING,
        provider=newest["provider"],
        retry_at=newest["retry_at"],
        avoid=tuple(dict.fromkeys(name for row in rows for name in _who_failed(row) if name)),
    )


def _who_failed(row: Mapping[str, Any]) -> Iterator[str]:
    yield row["provider"]
    asked = (row["details"] or {}).get("asked", ())
    yield from (str(one["provider"]) for one in asked if isinstance(one, dict) and one.get("provider"))


def _histories(tasks: Sequence[Task]) -> dict[uuid.UUID, list[Past]]:
    """The decisions since the task began, or was begun again by a person, which sets its counters to zero: a failure
    raises one of them by one, and a decision follows each; a lost worker does neither."""
    rows: dict[uuid.UUID, list[Past]] = defaultdict(list)
    since = {task.pk: max(0, task.attempts + task.waits - 1) for task in tasks}
    epochs = {task.pk: task.epoch for task in tasks}
    found = RecoveryAttempt.objects.filter(task__in=tasks, state__in=DECIDED).exclude(failure_kind=WORKER_LOST)
    for row in found.order_by("task_id", "epoch").values(
        "task_id", "epoch", "strategy", "failure_kind", "signature", "state", "params"
    ):
        task_id = row["task_id"]
        if row["epoch"] < epochs[task_id]:
            rows[task_id].append(
                Past(
                    strategy=Strategy(row["strategy"]),
                    failure_kind=row["failure_kind"],
                    signature=row["signature"],
                    state=RecoveryState(row["state"]),
                    params=row["params"],
                )
            )
    return {task.pk: rows[task.pk][-since[task.pk] :] if since[task.pk] else [] for task in tasks}


def _offered(task: Task, ask: Callable[[Task], Sequence[T]]) -> Sequence[T]:
    """What the kind's remedies offer; nothing where they break: recovery goes on with what is left."""
    try:
        return ask(task)
    except Exception:
        log.exception("recovery.remedies_broke", extra={"task_id": str(task.pk), "kind": task.kind})
        return ()
