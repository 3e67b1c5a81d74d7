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
from projects.states import BUILD_LIVE, TASK_DONE, TASK_LIVE, BuildState, TaskState
from providers.kinds.agents import is_agent_kind
from providers.models import Provider

# The kinds of tasks on which somebody works who hears messages at its next step.
LISTENS = frozenset({"extend", "change_extend", "repair", "amend", "test", "document"})
IF_RED = frozenset({"repair", "amend"})  # of them those that work only where something is red
PLANS = frozenset({"plan", "change_plan", "import_plan"})
EMERGENCY = "blueprint"
NOBODY = "Nobody listens: without a model, the blueprint engine makes this build, and it reads no messages."
DELIVERED = frozenset({BuildState.SUCCEEDED, BuildState.DEGRADED})
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
    """Says honestly who will hear; `tasks` are the build's. One query before the plan is made, else none."""
    if build.is_final:
        delivered = build.state in DELIVERED and build.head
        instead = " Ask for a change of its product instead." if delivered else ""
        return Listening(hears=False, why=f"The build has ended.{instead}")
    ears = [task for task in tasks if task.kind in LISTENS]
    live = [task for task in ears if task.state in TASK_LIVE]
    planned = any(task.kind in PLANS and task.state in TASK_DONE for task in tasks)
    if not ears and (planned or not _models_of(build)):
        return Listening(hears=False, why=NOBODY)
    if live:
        return _first_of(live)
    if planned:
        return Listening(hears=False, why="No task is left that listens: what a model had to do is done.")
    return Listening(hears=True, why="It is heard when a model begins to work on the files.")


def _first_of(live: Sequence[Task]) -> Listening:
    """Which of these tasks hears it first."""
    for task in live:
        if task.state == TaskState.RUNNING:
            return Listening(hears=True, why=f"“{task.title}” hears it at its next step.")
    for task in live:
        if task.kind not in IF_RED:
            return Listening(hears=True, why=f"“{task.title}” hears it when it begins.")
    return Listening(hears=False, why=f"“{live[0].title}” hears it only if there is something to repair.")


def _models_of(build: Build) -> bool:
    """Whether the workspace has an enabled provider that completes messages. What a door may ask: it keeps no snapshot,
    and does not look whether there are keys."""
    kinds = Provider.objects.filter(workspace_id=build.workspace_id, enabled=True).values_list("kind", flat=True)
    return any(kind != EMERGENCY and not is_agent_kind(kind) for kind in kinds)


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
