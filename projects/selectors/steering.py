"""What was said to a build and asked by it, and whether anybody listens."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet

from autodev.accounts.errors import NotFound
from autodev.accounts.models import Workspace
from projects.models import Build, Message, Question, QuestionState, Task
from projects.states import BUILD_LIVE, TASK_LIVE, TaskState
from providers.available import models_there

# The kinds of tasks on which somebody works who hears messages at its next step.
LISTENS = frozenset({"extend", "repair", "test", "document", "change"})
MESSAGES_SHOWN = 50


class Fate(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    HEARD = "heard"
    WITHDRAWN = "withdrawn"
    UNHEARD = "unheard"


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Whether a message can be heard; `why` says when, or why not."""

    hears: bool
    why: str


def fate_of(message: Message, *, ended: bool) -> Fate:
    """`ended`: whether the build has."""
    if message.withdrawn_at is not None:
        return Fate.WITHDRAWN
    if message.taken_at is not None:
        return Fate.HEARD
    return Fate.UNHEARD if ended else Fate.WAITING


def listening(build: Build, tasks: Sequence[Task]) -> Listening:
    """Says honestly who will hear; `tasks` are the build's. No query beside the snapshot of the providers."""
    if build.is_final:
        return Listening(hears=False, why="The build has ended. Ask for a change of its product instead.")
    if not models_there(build.workspace_id):
        why = "Nobody listens: without a model, the blueprint engine makes this build, and it reads no messages."
        return Listening(hears=False, why=why)
    live = [task for task in tasks if task.kind in LISTENS and task.state in TASK_LIVE]
    running = next((task for task in live if task.state == TaskState.RUNNING), None)
    if running is not None:
        return Listening(hears=True, why=f"“{running.title}” hears it at its next step.")
    if live:
        return Listening(hears=True, why=f"“{live[0].title}” hears it when it begins.")
    if any(task.kind == "plan" and task.state not in TASK_LIVE for task in tasks):
        why = "No task is left that listens. It is heard only where a repair becomes necessary."
        return Listening(hears=False, why=why)
    return Listening(hears=True, why="It is heard when a model begins to work on the files.")


def messages_of(build: Build) -> list[Message]:
    """The newest, oldest of them first."""
    rows = build.messages.select_related("author", "taken_by").order_by("-created_at", "-id")[:MESSAGES_SHOWN]
    return list(reversed(rows))


def message_of(build: Build, message_id: uuid.UUID) -> Message:
    """Raises NotFound for a message to another build."""
    row = build.messages.select_related("author", "taken_by").filter(pk=message_id).first()
    if row is None:
        raise NotFound("There is no such message.")
    return row


def questions_of(build: Build) -> QuerySet[Question]:
    """Newest first."""
    return build.questions.select_related("task", "answered_by").order_by("-asked_at", "-id")


def open_questions(build: Build) -> list[Question]:
    """Those that wait for an answer, oldest first. An ended build asks nothing more."""
    if build.is_final:
        return []
    return list(questions_of(build).filter(state=QuestionState.OPEN).order_by("asked_at", "id"))


def question_of(build: Build, question_id: uuid.UUID) -> Question:
    """Raises NotFound for a question of another build."""
    row = questions_of(build).filter(pk=question_id).first()
    if row is None:
        raise NotFound("There is no such question.")
    return row


def open_questions_in(workspace: Workspace) -> list[Question]:
    """Those of all live builds of the workspace, oldest first."""
    rows = Question.objects.filter(build__workspace=workspace, state=QuestionState.OPEN, build__state__in=BUILD_LIVE)
    return list(rows.select_related("task", "build").order_by("asked_at", "id"))
