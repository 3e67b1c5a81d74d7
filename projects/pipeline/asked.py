"""Questions of a task: asked once for a key, whatever dies; a person's answer, or the assumption."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.context import TaskContext
from projects.engine.fence import fence
from projects.engine.plain import clean_text
from projects.engine.record import Happened, lock_build, record_held
from projects.models import Question, QuestionState
from providers.failures.redact import redacted

KEY_LONGEST = 190  # what a step's key holds behind "question:"
TEXT_LONGEST = 2000
MOST = 20  # questions of one task; who asks more hears its own assumptions at once


def key_of(key: str) -> str:
    """The key as the tables can hold it."""
    if len(key) <= KEY_LONGEST:
        return key
    return f"{key[:120]}:{hashlib.sha256(key.encode()).hexdigest()}"


def ask_once(
    ctx: TaskContext, key: str, text: str, *, assumption: str, choices: Sequence[str], wait_s: float
) -> Question:
    """The question of this key; made where there is none. Raises Fenced."""

    def apply() -> Question:
        build = lock_build(ctx.task.build_id)
        fence(ctx.task.id, ctx.task.epoch)
        found = Question.objects.filter(task_id=ctx.task.id, key=key).first()
        if found is not None:
            return found
        many = Question.objects.filter(task_id=ctx.task.id).count() >= MOST
        made = Question.objects.create(
            task_id=ctx.task.id, build_id=ctx.task.build_id, key=key, text=clean_text(text)[:TEXT_LONGEST],
            assumption=clean_text(assumption)[:TEXT_LONGEST], choices=[clean_text(c)[:200] for c in choices[:10]],
            until=db_now(plus_s=0 if many else wait_s),
        )  # fmt: skip
        payload = {"question_id": str(made.pk), "key": key, "text": redacted(made.text)[:300]}
        record_held(build, Happened(type="build.question", task_id=ctx.task.id, payload=payload))
        return made

    return write(apply)


def answer_of(ctx: TaskContext, row: Question) -> str | None:
    """What came of it; None while it is waited for. One whose time is over, by the database's clock, goes on with its
    assumption. One query while nothing happens. Raises Fenced."""
    fresh = Question.objects.filter(pk=row.pk).values_list("state", "answer").get()
    if fresh[0] == QuestionState.OPEN and Question.objects.filter(pk=row.pk, until__lte=db_now()).exists():
        write(lambda: _assume(ctx, row))
        fresh = Question.objects.filter(pk=row.pk).values_list("state", "answer").get()
    if fresh[0] == QuestionState.OPEN:
        return None
    return str(fresh[1]) if fresh[0] == QuestionState.ANSWERED else row.assumption


def _assume(ctx: TaskContext, row: Question) -> None:
    build = lock_build(ctx.task.build_id)
    fence(ctx.task.id, ctx.task.epoch)
    still = Question.objects.filter(pk=row.pk, state=QuestionState.OPEN)
    if still.update(state=QuestionState.ASSUMED, ended_at=db_now()):
        payload = {"question_id": str(row.pk), "key": row.key, "assumption": redacted(row.assumption)[:300]}
        record_held(build, Happened(type="build.question_assumed", task_id=ctx.task.id, payload=payload))
