"""The journal: what was done once is replayed, not repeated."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from django.db import IntegrityError

from autodev.lib import aio, clock, rows
from autodev.lib.db import write
from autodev.lib.failpoints import failpoint
from projects.engine.fence import fence
from projects.engine.plain import clean_text, plain
from projects.models import Step


class Journal:
    """Steps of one task, by key. The answers of earlier attempts are read once."""

    def __init__(self, *, task_id: uuid.UUID, epoch: int, check_alive: Callable[[], None]) -> None:
        self._task_id = task_id
        self._epoch = epoch
        self._check_alive = check_alive
        self._lock = threading.Lock()
        self._answers: dict[str, Any] | None = None

    def once(self, key: str, fn: Callable[[], Any], *, title: str = "", kind: str = "call") -> Any:
        """The recorded answer of `key`, else that of `fn`, recorded before it is given. The answer must be JSON (else
        TypeError) and comes back as JSON gives it. Raises Fenced when the epoch is gone, and what `fn` raises."""
        known = self._known()
        if key in known:
            return known[key]
        self._check_alive()
        started = clock.monotonic()
        failpoint("journal.before_call")
        answer = plain(fn())
        failpoint("journal.after_call")
        return self.record(key, answer, title=title, kind=kind, duration_ms=int(1000 * (clock.monotonic() - started)))

    def record(
        self,
        key: str,
        answer: Any,
        *,
        title: str = "",
        kind: str = "call",
        duration_ms: int = 0,
        commit: str = "",
        **task: Any,
    ) -> Any:
        """Writes the step, and changes of the task's row with it, behind the fence; gives the answer. Raises Fenced."""

        def apply() -> None:
            fence(self._task_id, self._epoch, **task)
            said = clean_text(title)[:200]
            step = Step(task_id=self._task_id, key=key, kind=kind, title=said, output=answer, commit=commit)
            step.epoch, step.duration_ms = self._epoch, duration_ms
            rows.insert(step)

        def there() -> bool:
            return Step.objects.filter(task_id=self._task_id, key=key, epoch=self._epoch).exists()

        try:
            write(apply, landed=lambda: there() or None)
        except IntegrityError:
            if not there():
                raise
        failpoint("journal.after_commit")
        self._known()[key] = answer
        return answer

    def knows(self, key: str) -> bool:
        """Whether `key` has an answer."""
        return key in self._known()

    def answers(self, prefix: str) -> dict[str, Any]:
        """Key → answer of the steps whose key begins with it, in their order."""
        return {key: answer for key, answer in self._known().items() if key.startswith(prefix)}

    def _known(self) -> dict[str, Any]:
        with self._lock:
            if self._answers is None:
                self._answers = dict(Step.objects.filter(task_id=self._task_id).values_list("key", "output"))
            return self._answers


class AsyncJournal:
    """The journal as a job's port: the call runs on the event loop, the database's work in the waiting slot thread."""

    def __init__(self, journal: Journal, check_alive: Callable[[], None]) -> None:
        self._journal = journal
        self._check_alive = check_alive

    async def once(
        self, key: str, call: Callable[[], Awaitable[Any]], *, title: str | Callable[[Any], str] = "",
        kind: str = "call",
    ) -> Any:  # fmt: skip
        """As `Journal.once`, for a coroutine function started by `autodev.lib.aio.run`."""
        if await aio.in_caller(lambda: self._journal.knows(key)):
            return await aio.in_caller(lambda: self._journal.once(key, lambda: None))
        self._check_alive()
        started = clock.monotonic()
        failpoint("journal.before_call")
        answer = plain(await call())
        failpoint("journal.after_call")
        duration_ms = int(1000 * (clock.monotonic() - started))
        told = title(answer) if callable(title) else title
        return await aio.in_caller(
            lambda: self._journal.record(key, answer, title=told, kind=kind, duration_ms=duration_ms)
        )

    async def record(self, key: str, answer: Any, *, title: str = "", kind: str = "note") -> None:
        """Records something that happened; a key that is there already stays as it is."""

        def apply() -> None:
            if not self._journal.knows(key):
                self._journal.record(key, plain(answer), title=title, kind=kind)

        await aio.in_caller(apply)

    async def answers(self, prefix: str) -> dict[str, Any]:
        """As `Journal.answers`."""
        return await aio.in_caller(lambda: self._journal.answers(prefix))
