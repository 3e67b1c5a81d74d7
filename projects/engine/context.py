"""What a handler sees of its task: the task, its build, journal, workspace, progress and the wish to stop."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from autodev.events.notify import build_topic, notify
from autodev.lib import clock, rows
from autodev.lib.db import write
from projects.engine.claim import Claimed
from projects.engine.disk import DiskFull
from projects.engine.fence import fence
from projects.engine.journal import AsyncJournal, Journal
from projects.engine.lease import Lease
from projects.engine.output import OutputFile
from projects.engine.plain import clean_text, plain
from projects.engine.progress import build_percent
from projects.engine.record import Happened, lock_build, record_held
from projects.engine.workspace import Workspace
from projects.models import Build
from projects.states import Phase

HINT_EVERY_S = 0.25
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSnapshot:
    """The task as it was claimed. `attempt` counts from 1 over failures of the work; `head` is the newest snapshot of
    earlier attempts."""

    id: uuid.UUID
    build_id: uuid.UUID
    key: str
    kind: str
    phase: Phase
    title: str
    params: Mapping[str, Any]
    epoch: int
    attempt: int
    waits: int
    base: str
    head: str
    last_error: str


class Every:
    """True at most once in so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last: float | None = None
        self._lock = threading.Lock()

    def due(self) -> bool:
        with self._lock:
            now = clock.monotonic()
            if self._last is not None and now - self._last < self._seconds:
                return False
            self._last = now
            return True


class TaskContext:
    """Given to a handler. Safe to use from the slot's thread; `output`, `cancel` and `check_alive` from any."""

    def __init__(self, claimed: Claimed, lease: Lease) -> None:
        task = claimed.task
        self.task = TaskSnapshot(
            id=task.pk,
            build_id=task.build_id,
            key=task.key,
            kind=task.kind,
            phase=Phase(task.phase),
            title=task.title,
            params=task.params,
            epoch=claimed.epoch,
            attempt=task.attempts + 1,
            waits=task.waits,
            base=task.base,
            head=task.head,
            last_error=task.last_error,
        )
        self._lease = lease
        self.journal = Journal(task_id=task.pk, epoch=claimed.epoch, check_alive=self.check_alive)
        self.async_journal = AsyncJournal(self.journal, self.check_alive)
        self._output = OutputFile(task.pk, claimed.epoch)
        self._progress_due = Every(HINT_EVERY_S)
        self._output_due = Every(HINT_EVERY_S)
        self._workspace: Workspace | None = None

    @property
    def build(self) -> Build:
        """The build as it is now; a fresh read each time. Change it by `Succeeded.build_updates`."""
        return Build.objects.select_related("project", "workspace", "created_by").get(pk=self.task.build_id)

    @property
    def workspace(self) -> Workspace:
        """The task's files, checked out at the first use from its newest snapshot, else from the build's head."""
        if self._workspace is None:
            build = self.build
            self._workspace = Workspace(
                task=self.task,
                project_id=build.project_id,
                base=self.task.base or build.head,
                journal=self.journal,
                check_alive=self.check_alive,
            )
            self._workspace.open()
        return self._workspace

    @property
    def opened_workspace(self) -> Workspace | None:
        """The workspace where the handler used it, else None."""
        return self._workspace

    @property
    def cancel(self) -> threading.Event:
        """Set when the work must stop: hand it to whatever runs a sandbox or a coroutine."""
        return self._lease.cancel

    @property
    def cancel_requested(self) -> bool:
        """Whether the work must stop."""
        return self._lease.cancel.is_set()

    def check_alive(self) -> None:
        """Raises Cancelled or Fenced where the work must stop, DiskFull where its output found no room."""
        self._lease.check()
        if self._output.no_room:
            raise DiskFull

    def progress(self, percent: int, text: str = "") -> None:
        """Tells how far the task is, 0 to 100, and what it does. At most four times a second; more are dropped, but
        never a hundred. Raises Fenced, Cancelled."""
        self.check_alive()
        if not (self._progress_due.due() or percent >= 100):
            return
        percent = max(0, min(100, percent))
        line = clean_text(text or self.task.title)[:200]

        def apply() -> None:
            build = lock_build(self.task.build_id)
            fence(self.task.id, self.task.epoch, progress=percent)
            whole = max(build.progress, build_percent(build.pk))
            rows.update(Build, {"id": build.pk}, {"current_task": line, "progress": whole})

        write(apply)
        self._hint("progress", 0)

    def output(self, chunk: str) -> None:
        """Appends to the attempt's output; counts as a sign of progress. From any thread; never raises for a lost
        lease."""
        size = self._output.append(chunk)
        self._lease.saw_progress()
        if self._output_due.due():
            self._hint("output", size)

    def saw_progress(self) -> None:
        """A sign of progress without output: what is waited for may take its time. From any thread."""
        self._lease.saw_progress()

    def write(self, fn: Callable[[], T]) -> T:
        """Runs `fn` in one transaction behind the fence: rows of this task that exist only while it is ours. `fn` may
        run twice after a broken connection, so it must come out the same. Raises Fenced."""

        def apply() -> T:
            fence(self.task.id, self.task.epoch)
            return fn()

        return write(apply)

    def emit(self, event_type: str, payload: Mapping[str, Any] | None = None) -> None:
        """Records an event of the build. Raises Fenced."""
        happened = Happened(type=event_type, task_id=self.task.id, payload=plain(dict(payload or {})))

        def apply() -> None:
            build = lock_build(self.task.build_id)
            fence(self.task.id, self.task.epoch)
            record_held(build, happened)

        write(apply)

    def close(self) -> None:
        """Removes the workspace's directory."""
        if self._workspace is not None:
            self._workspace.close()

    def _hint(self, kind: str, version: int) -> None:
        notify(build_topic(self.task.build_id), {"type": kind, "id": str(self.task.id), "version": version})
