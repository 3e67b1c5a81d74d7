"""What people say to a build while it runs, and answers to what its agents ask."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.plain import clean_text
from projects.engine.record import Happened, record
from projects.models import Build, Message, Question, QuestionState
from projects.services.errors import WrongState
from projects.states import BUILD_LIVE

LONGEST = 8000


def message_send(*, build: Build, user: User | None, text: str) -> Message:
    """Queues a message for the next step of the build. Raises WrongState for an empty one and for a build that has
    ended."""
    said = clean_text(text).strip()[:LONGEST]
    if not said:
        raise WrongState("The message is empty.")

    def apply() -> Message:
        row = Message.objects.create(build=build, author=user, text=said)
        happened = Happened(type="build.message", payload={"text": said[:300], "message_id": str(row.pk)})
        going = {"state__in": list(BUILD_LIVE)}
        if record(build.pk, [happened], actor=user, only_if=going) is None:
            raise WrongState("The build has ended.", hint="Ask for a change of its product instead.")
        return row

    return write(apply)


def messages_taken(*, build_id: uuid.UUID, task_id: uuid.UUID) -> list[Message]:
    """Marks those that nobody took as this task's and gives them. Called behind the fence."""
    waiting = Message.objects.select_related("author").filter(build_id=build_id, taken_at=None, withdrawn_at=None)
    taken = {"taken_at": db_now(), "taken_by_id": task_id}
    return [row for row in waiting if Message.objects.filter(pk=row.pk, taken_at=None).update(**taken)]


def question_asked(
    *, task_id: uuid.UUID, build_id: uuid.UUID, key: str, text: str, assumption: str, choices: Sequence[str],
    wait_s: float,
) -> Question:  # fmt: skip
    """The question of this key, asked once. Called behind the fence."""
    found = Question.objects.filter(task_id=task_id, key=key).first()
    if found is not None:
        return found
    return Question.objects.create(
        task_id=task_id, build_id=build_id, key=key, text=text, assumption=assumption, choices=list(choices),
        until=db_now(plus_s=wait_s),
    )  # fmt: skip


def answer_of(question_id: uuid.UUID) -> str | None:
    """What came of it; None while it is waited for. One whose time is over goes on with its assumption."""
    write(lambda: Question.objects.filter(pk=question_id, state=QuestionState.OPEN, until__lte=db_now()).update(
        state=QuestionState.ASSUMED, ended_at=db_now()
    ))  # fmt: skip
    row = Question.objects.get(pk=question_id)
    if row.state == QuestionState.OPEN:
        return None
    return row.answer if row.state == QuestionState.ANSWERED else row.assumption
