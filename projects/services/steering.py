"""What people say to a build while it runs, and answer to what its agents ask."""

from __future__ import annotations

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.plain import clean_text
from projects.engine.record import Happened, lock_build, record
from projects.models import Build, Message, Question, QuestionState
from projects.services.errors import EmptyMessage, WrongState
from projects.states import BUILD_LIVE
from providers.failures.redact import redacted

LONGEST = 8000
TOLD = 300  # characters of a text that its event repeats
ENDED_HINT = "Ask for a change of its product instead."


def message_send(*, build: Build, user: User | None, text: str) -> Message:
    """Queues a message for the next step of the build. Raises EmptyMessage, and WrongState for a build that has
    ended."""
    said = _cleaned(text)

    def apply() -> Message:
        row = Message(build=build, author=user, text=said)
        payload = {"text": redacted(said)[:TOLD], "message_id": str(row.pk)}
        happened = Happened(type="build.message", payload=payload)
        if record(build.pk, [happened], actor=user, only_if={"state__in": list(BUILD_LIVE)}) is None:
            raise WrongState("The build has ended.", hint=ENDED_HINT)
        row.save(force_insert=True)
        return row

    return write(apply)


def message_withdraw(*, message: Message, user: User | None) -> Message:
    """Takes a message back that no task has taken yet. One that is withdrawn already stays so. Raises WrongState for
    one that was heard."""

    def apply() -> Message:
        lock_build(message.build_id)
        waiting = Message.objects.filter(pk=message.pk, taken_at=None, withdrawn_at=None)
        if waiting.update(withdrawn_at=db_now()):
            happened = Happened(type="build.message_withdrawn", payload={"message_id": str(message.pk)})
            record(message.build_id, [happened], actor=user)
        row = Message.objects.select_related("author", "taken_by").get(pk=message.pk)
        if row.withdrawn_at is None:
            by = row.taken_by.title if row.taken_by else "the build"
            raise WrongState(f"{by} has heard it already.", hint="Say the contrary in another message.")
        return row

    return write(apply)


def question_answer(*, question: Question, user: User | None, text: str) -> Question:
    """The person's answer. Where the task went on with its assumption, the answer is kept with the question, and goes
    to the build as a message. The first answer holds. Raises EmptyMessage, and WrongState where there is one already
    or the build has ended."""
    said = _cleaned(text)

    def apply() -> Question:
        if lock_build(question.build_id).state not in BUILD_LIVE:
            raise WrongState("The build has ended.", hint=ENDED_HINT)
        row = Question.objects.select_related("task", "build").get(pk=question.pk)
        if row.answer:
            raise WrongState("It has been answered already.", hint="Say more in a message.")
        late = row.state != QuestionState.OPEN or row.task.is_final
        Question.objects.filter(pk=row.pk).update(
            state=QuestionState.ASSUMED if late else QuestionState.ANSWERED, answer=said, answered_by=user,
            ended_at=row.ended_at or db_now(),
        )  # fmt: skip
        payload = {"question_id": str(row.pk), "key": row.key, "text": redacted(said)[:TOLD], "late": late}
        happened = Happened(type="build.question_answered", task_id=row.task_id, payload=payload)
        record(row.build_id, [happened], actor=user)
        if late:
            told = f"You asked: {row.text}\nYou went on with: {row.assumption}\nThe answer is: {said}"
            message_send(build=row.build, user=user, text=told)
        return Question.objects.select_related("task", "answered_by").get(pk=row.pk)

    return write(apply)


def _cleaned(text: str) -> str:
    said = clean_text(text).strip()[:LONGEST]
    if not said:
        raise EmptyMessage("There is no text.")
    return said
