"""A person's answer to a question, and what it does, in one transaction."""

from __future__ import annotations

from typing import Any

from autodev.accounts.errors import Forbidden
from autodev.accounts.models import Role, User
from autodev.lib.db import write
from projects.engine import decisions
from projects.engine.record import lock_build
from projects.models import Task
from projects.remedies import remedies_for
from projects.services import dead_letters
from projects.states import PERSON, TASK_BROKEN, TaskState
from recovery.asking import ACCEPT, GIVE_UP, RETRY
from recovery.gather import situation_of
from recovery.guide import guided
from recovery.members import accept_task, choose_strategy, give_up_task
from recovery.models import HumanRequest
from recovery.numbers import chooser_for
from recovery.person import option_by, replayed, retried
from recovery.questions import AnswerRefused, close, expire, withdraw
from recovery.states import Strategy
from recovery.workspace.moves import follow

__all__ = ["AnswerRefused", "answer_request", "expire", "role_for", "withdraw"]
ENDED = TASK_BROKEN | {TaskState.DEGRADED}
# Each as the button that does the same; whatever else an answer may be is a strategy, which a maintainer chooses.
DEVELOPERS = frozenset({RETRY, ACCEPT})
REASON = "A person answered."


def role_for(answer: str) -> Role:
    """The least role that may give this answer. The `note` beside it is words to the work, which any developer may
    say, whatever they are."""
    return Role.DEVELOPER if answer in DEVELOPERS else Role.MAINTAINER


def answer_request(*, request: HumanRequest, user: User, role: Role, answer: str, note: str = "") -> HumanRequest:
    """Does what the answer says: the task runs again, goes on by a strategy, ends, or is taken as it is. A question
    that nobody answered in time is answered still: the task then runs again from its end. `role` is how far the person
    reaches in the workspace. Gives the request. Raises AnswerRefused for an answer that is none of its options, for a
    closed request and for a task that went on, Forbidden for one that needs another role, and what the strategy's own
    rules refuse."""
    if answer not in request.options:
        raise AnswerRefused(f"“{answer}” is none of the answers.", hint=f"Choose one of: {', '.join(request.options)}.")
    needed = role_for(answer)
    if role.rank < needed.rank:
        raise Forbidden(f"This answer needs the role {needed.label.lower()}; yours is {role.label.lower()}.")

    def apply() -> HumanRequest:
        lock_build(request.build_id)
        if not close(request, user=user, answer=answer, note=note):
            raise AnswerRefused("This question is closed.")
        task = Task.objects.select_related("build").get(pk=request.task_id)
        if task.state == TaskState.WAITING and task.wait_reason == PERSON:
            _of_waiting(task, user, answer, note)
        elif task.state in ENDED:
            _of_ended(task, user, answer, note)
        else:
            raise AnswerRefused(f"“{task.title}” is {task.get_state_display().lower()} again.")
        request.refresh_from_db()
        return request

    return write(apply)


def _of_waiting(task: Task, user: User, answer: str, note: str) -> None:
    if answer == GIVE_UP:
        give_up_task(task=task, user=user, note=note)
    elif answer == RETRY:
        _again(task, user, note)
    elif answer == ACCEPT:
        raise AnswerRefused("A task that has no end yet cannot be accepted.")
    else:
        choose_strategy(task=task, user=user, strategy=answer, note=note)


def _again(task: Task, user: User, note: str) -> None:
    situation = situation_of(task)
    option = option_by(Strategy.RETRY_WITH_DELAY, REASON, {"delay_s": 0.0})

    def along() -> None:
        retried(task, situation, option, user)
        follow(task.build.workspace_id)

    params = guided(task.params, option, note=note)
    if not decisions.answer(task_id=task.pk, reason=REASON, params=params, actor=user, along=along):
        raise AnswerRefused(f"“{task.title}” went on meanwhile.")


def _of_ended(task: Task, user: User, answer: str, note: str) -> None:
    if answer == GIVE_UP:
        return  # it has ended; the answer says that this is right
    if answer == ACCEPT:
        accept_task(task=task, user=user)
        return
    params = _told_anew(task, answer, note)
    dead_letters.replay_dead(task=task, user=user, params=params, reason=REASON)
    replayed(task, user=user, reason=REASON)
    follow(task.build.workspace_id)


def _told_anew(task: Task, answer: str, note: str) -> dict[str, Any]:
    """What an ended task is told when it runs again. It can only do so as a whole and from its own place."""
    if answer == RETRY:
        return guided(task.params, option_by(Strategy.RETRY_WITH_DELAY, REASON, {}), note=note)
    strategy = Strategy(answer)
    params, why_not = chooser_for(task.build).applicable(situation_of(task), strategy)
    offered = {one.name: one for one in remedies_for(task.kind).approaches(task)}
    approach = offered.get(str(params.get("approach", "")))
    if why_not or strategy == Strategy.DECOMPOSE_INTO_SUBTASKS or (approach is not None and approach.restart):
        raise AnswerRefused(
            f"{strategy.label}: {why_not or 'the task has ended, and can only run again from its own place.'}",
            hint="Answer that it is tried again.",
        )
    option = option_by(strategy, REASON, params)
    return guided(task.params, option, approach=approach, message=task.last_error, note=note)
