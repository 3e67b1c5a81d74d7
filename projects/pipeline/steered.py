"""What people say to a task while it runs, and what it asks them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

from django.conf import settings

from autodev.contracts.ports import Told
from autodev.contracts.transcript import StepKind
from autodev.lib import aio, clock
from projects.engine import alone
from projects.engine.context import TaskContext
from projects.models import Question, QuestionState
from projects.pipeline.asked import answer_of, ask_once, key_of
from projects.pipeline.heard import messages_of, was_told

POLL_S = 1.0


class SteerOfTask:
    """Messages are taken, and questions asked, in the name of one task; the database's work is the slot's thread's."""

    def __init__(self, ctx: TaskContext) -> None:
        self._ctx = ctx
        self._given: set[uuid.UUID] = set()

    async def messages(self) -> Sequence[Told]:
        """Those of the build that nobody took yet; each one is a step of this task first."""
        return await aio.in_caller(self._messages)

    async def ask(self, key: str, question: str, *, assumption: str, choices: Sequence[str] = ()) -> str:
        """Waits for an answer for `AGENT_QUESTION_WAIT_SECONDS` at most, and half of the time until the build's
        deadline, and not at all where the build's caller waits for its end: nobody is there to answer then. The wait is
        a sign of progress, and holds nothing but the task's slot; a task that is released meanwhile asks the same row
        again."""
        ctx, key = self._ctx, key_of(key)
        step = f"question:{key}"
        if await aio.in_caller(lambda: ctx.journal.knows(step)):
            return str((await ctx.async_journal.answers(step))[step]["answer"])
        wait_s = await aio.in_caller(self._wait_s)
        row = await aio.in_caller(
            lambda: ask_once(ctx, key, question, assumption=assumption, choices=choices, wait_s=wait_s)
        )
        while (answer := await aio.in_caller(lambda: answer_of(ctx, row))) is None:
            ctx.check_alive()
            ctx.saw_progress()
            await asyncio.sleep(POLL_S)
        await ctx.async_journal.record(
            step, await aio.in_caller(lambda: _told(row, answer)), title=question[:200], kind=StepKind.QUESTION
        )
        return answer

    def _wait_s(self) -> float:
        if alone.runs_here(self._ctx.task.build_id):
            return 0.0
        most, deadline = float(settings.AGENT_QUESTION_WAIT_SECONDS), self._ctx.build.deadline_at
        return most if deadline is None else max(0.0, min(most, (deadline - clock.utcnow()).total_seconds() / 2))

    def _messages(self) -> list[Told]:
        ctx = self._ctx
        ctx.check_alive()
        fresh = [row for row in messages_of(ctx) if row.pk not in self._given]
        self._given.update(row.pk for row in fresh)
        return [
            Told(id=str(row.pk), text=row.text, by=row.author.name if row.author else "")
            for row in fresh
            if not was_told(ctx, row.pk)
        ]


def _told(row: Question, answer: str) -> dict[str, object]:
    ended = Question.objects.select_related("answered_by").get(pk=row.pk)
    by = ended.answered_by.name if ended.answered_by and ended.state == QuestionState.ANSWERED else ""
    return {
        "question": row.text, "answer": answer, "choices": row.choices, "by": by,
        "assumed": ended.state == QuestionState.ASSUMED,
    }  # fmt: skip
