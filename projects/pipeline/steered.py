"""What people say to a task while it runs, and what it asks them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from autodev.contracts.ports import Told
from autodev.contracts.transcript import StepKind
from autodev.lib import aio
from projects.engine.context import TaskContext
from projects.services import steering

POLL_S = 1.0


class SteerOfTask:
    """Messages are taken, and questions asked, in the name of one task; the database's work is the slot's thread's."""

    def __init__(self, ctx: TaskContext) -> None:
        self._ctx = ctx
        self._given: set[str] | None = None

    async def messages(self) -> Sequence[Told]:
        """Those of the build that nobody took yet; each one is a step of this task first."""
        return await aio.in_caller(self._take)

    async def ask(self, key: str, question: str, *, assumption: str, choices: Sequence[str] = ()) -> str:
        """Waits for an answer for `AGENT_QUESTION_WAIT_SECONDS` at most."""
        ctx = self._ctx

        def begin() -> Any:
            return ctx.write(
                lambda: steering.question_asked(
                    task_id=ctx.task.id, build_id=ctx.task.build_id, key=key, text=question, assumption=assumption,
                    choices=choices, wait_s=settings.AGENT_QUESTION_WAIT_SECONDS,
                )
            )  # fmt: skip

        row = await aio.in_caller(begin)
        while True:
            answer = await aio.in_caller(lambda: steering.answer_of(row.pk))
            if answer is not None:
                await ctx.async_journal.record(
                    f"question:{key}", {"question": question, "answer": answer}, title=question[:200],
                    kind=StepKind.QUESTION,
                )  # fmt: skip
                return answer
            ctx.check_alive()
            ctx.output("")
            await asyncio.sleep(POLL_S)

    def _take(self) -> list[Told]:
        ctx = self._ctx
        taken = ctx.write(lambda: steering.messages_taken(build_id=ctx.task.build_id, task_id=ctx.task.id))
        told = [Told(id=str(row.pk), text=row.text, by=row.author.name if row.author else "") for row in taken]
        for one in told:
            if not ctx.journal.knows(f"message:{one.id}"):
                answer = {"text": one.text, "by": one.by}
                ctx.journal.record(f"message:{one.id}", answer, title=one.text[:200], kind=StepKind.MESSAGE)
        return told
