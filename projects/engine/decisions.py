"""What may be decided about a task in WAITING(recovery): each a compare-and-swap on id, epoch and WAITING.

A decision that finds the task elsewhere changes nothing and gives False, so that two deciders cannot both act. `along`
runs in the same transaction once the swap has won (and again where the transaction is repeated after a broken
connection). A member who decides is the `actor`, and may decide about any task that waits.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.bounds import bounded
from projects.engine.decided import Along, decide_on, undecided
from projects.engine.front import to_front
from projects.engine.renew import renew
from projects.engine.restart import restart
from projects.engine.supersede import supersede
from projects.models import Task
from projects.states import PERSON, TaskState

__all__ = ["answer", "ask_person", "give_up", "postpone", "restart", "retry", "supersede"]
log = logging.getLogger(__name__)


def retry(
    *,
    task_id: uuid.UUID,
    epoch: int,
    reason: str,
    delay_s: float = 0.0,
    until: dt.datetime | None = None,
    params: Mapping[str, Any] | None = None,
    fresh: bool = False,
    front: bool = False,
    along: Along | None = None,
    actor: User | None = None,
) -> bool:
    """The task runs again: at once, in `delay_s` seconds, or `until` then, but not after the deadline. `params` replace
    its own. `fresh`: its files and journal begin anew, on what it needs, verified. `front`: before the other work of
    its workspace."""
    task = _read(task_id, epoch)
    if task is None:
        return False
    changes = _again(task, delay_s, until, reason)
    if params is not None:
        changes["params"] = dict(params)
    if front:
        changes["priority"] = to_front()
    told: dict[str, Any] = {"reason": reason, "delay_s": delay_s, "fresh": fresh}
    if until is not None:
        told["until"] = until.isoformat()
    if fresh:
        return renew(task, told, changes, along=along, actor=actor)
    still = undecided(task_id, epoch, actor)
    return decide_on(still, task, "task.retry_planned", told, changes, along=along, actor=actor)


def ask_person(
    *,
    task_id: uuid.UUID,
    epoch: int,
    until: dt.datetime,
    reason: str,
    along: Along | None = None,
    actor: User | None = None,
) -> bool:
    """The task waits for a person's answer, the rest of the build goes on; after `until` recovery is asked again."""
    task = _read(task_id, epoch)
    if task is None:
        return False
    changes = {"wait_reason": PERSON, "next_run_at": bounded(until, task.build.deadline_at)}
    told = {"reason": reason, "until": until.isoformat()}
    still = undecided(task_id, epoch, actor)
    return decide_on(still, task, "task.person_asked", told, changes, along=along, actor=actor)


def answer(
    *,
    task_id: uuid.UUID,
    reason: str,
    params: Mapping[str, Any] | None = None,
    actor: User | None = None,
    along: Along | None = None,
) -> bool:
    """The task that waits for a person runs again, before the other work of its workspace, with these `params` where
    given; failures before the answer do not count. False where it no longer waits for one."""
    task = Task.objects.select_related("build").get(pk=task_id)
    changes: dict[str, Any] = {**_now(), "priority": to_front(), "attempts": 0, "waits": 0}
    if params is not None:
        changes["params"] = dict(params)
    asked = Task.objects.filter(pk=task_id, epoch=task.epoch, state=TaskState.WAITING, wait_reason=PERSON)
    return decide_on(asked, task, "task.answered", {"reason": reason}, changes, along=along, actor=actor)


def postpone(*, task_id: uuid.UUID, epoch: int, until: dt.datetime, reason: str) -> bool:
    """The decision is put off; the sweep asks recovery again after `until`. Nothing has changed for anybody, so that
    there is no event but a line in the log, which says the `reason`."""
    task = _read(task_id, epoch)
    if task is None:
        return False
    log.info("recovery.postponed", extra={"task_id": str(task_id), "epoch": epoch, "reason": reason})
    moment = bounded(until, task.build.deadline_at)
    return write(lambda: bool(undecided(task_id, epoch, None).update(next_run_at=moment)))


def give_up(
    *, task_id: uuid.UUID, epoch: int, reason: str, along: Along | None = None, actor: User | None = None
) -> bool:
    """The task is FAILED for good, and with it a build that cannot do without it."""
    task = _read(task_id, epoch)
    if task is None:
        return False
    error = f"{task.last_error} {reason}".strip()
    changes: dict[str, Any] = {
        "state": TaskState.FAILED,
        "last_error": error,
        "next_run_at": None,
        "wait_reason": "",
        "finished_at": db_now(),
    }
    told = {"reason": reason, "message": error}
    still = undecided(task_id, epoch, actor)
    return decide_on(still, task, "task.failed", told, changes, along=along, actor=actor)


def _read(task_id: uuid.UUID, epoch: int) -> Task | None:
    """The task with its build where it waits at this epoch."""
    rows = Task.objects.select_related("build").filter(pk=task_id, epoch=epoch, state=TaskState.WAITING)
    return rows.first()


def _now() -> dict[str, Any]:
    return {"state": TaskState.READY, "next_run_at": None, "wait_reason": ""}


def _again(task: Task, delay_s: float, until: dt.datetime | None, reason: str) -> dict[str, Any]:
    if until is None and delay_s <= 0:
        return _now()
    moment: Any = db_now(plus_s=delay_s) if until is None else until
    return {"next_run_at": bounded(moment, task.build.deadline_at), "wait_reason": reason[:200] or "Waits"}
