"""What a member's buttons do. Who may press them is asked by the doors; each leaves an event with its actor, and a
decision by a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from autodev.accounts.models import User
from autodev.lib.db import write
from autodev.lib.errors import DomainError, FieldError
from projects.guidance import KEY, check
from projects.models import Build, Task
from projects.services import dead_letters
from projects.services.errors import WrongState
from projects.states import TaskState
from recovery.acts import NotPossible
from recovery.apply import Order, apply
from recovery.gather import situation_of
from recovery.guide import guided
from recovery.models import RecoveryAttempt
from recovery.numbers import chooser_for
from recovery.person import answered, closing, option_by, replayed, retried
from recovery.questions import withdraw
from recovery.situation import Option, Situation, Verdict
from recovery.states import Origin, Strategy
from recovery.workspace.moves import follow

PRIMARY = 1


class StrategyRefused(DomainError):
    """The strategy cannot be applied to this task now; the message says why."""

    code = "strategy_refused"
    status = 409
    hint = "Choose one of those that are open, or let the task run again."


class InputRefused(DomainError):
    """What recovery told the task was edited into something that no attempt could read."""

    code = "input_refused"
    status = 422
    hint = "Leave `recovery` out, and what recovery told the task is kept."


def retry_task(*, task: Task, user: User, note: str = "") -> RecoveryAttempt:
    """A waiting task runs again at once; its failures so far no longer count, and the next attempt is told the `note`.
    Raises WrongState for a task that does not wait."""
    option = option_by(Strategy.RETRY_WITH_DELAY, "A member lets it run again.", {"delay_s": 0.0})

    def apply_() -> RecoveryAttempt:
        situation = _situation(task)
        params = guided(task.params, option, note=note) if note else None
        dead_letters.retry_now(task=task, user=user, params=params)
        row = retried(task, situation, option, user)
        answered(task, user=user, answer="retry", note=note)
        follow(task.build.workspace_id)
        return row

    return write(apply_)


def choose_strategy(*, task: Task, user: User, strategy: str, note: str = "") -> RecoveryAttempt:
    """A waiting task goes on by this strategy, with the same rules of applicability as recovery's own choice. Raises
    ValueError for a word that is no strategy, StrategyRefused with the reason where it is not possible, WrongState for
    a task that does not wait."""
    wanted = Strategy(strategy)
    if wanted == Strategy.GIVE_UP:
        return give_up_task(task=task, user=user, note=note)
    situation = _situation(task)
    params, why_not = chooser_for(task.build).applicable(situation, wanted)
    if why_not:
        raise StrategyRefused(f"{wanted.label}: {why_not}")
    return _apply(task, situation, option_by(wanted, "A member chose it.", params), user, note, answer=str(wanted))


def give_up_task(*, task: Task, user: User, note: str = "") -> RecoveryAttempt:
    """A waiting task ends as FAILED, and what cannot do without it. Raises WrongState for a task that does not wait."""
    option = option_by(Strategy.GIVE_UP, note or "A member gave it up.", {})
    return _apply(task, _situation(task), option, user, note, answer="give_up")


def accept_task(*, task: Task, user: User) -> Task:
    """A degraded or failed end is taken as it is and counts no more. Raises WrongState for other tasks."""

    def apply_() -> Task:
        accepted = dead_letters.accept_degraded(task=task, user=user)
        withdraw(accepted)
        follow(Build.objects.values_list("workspace_id", flat=True).get(pk=accepted.build_id))
        return accepted

    return write(apply_)


def replay_task(
    *, task: Task, user: User, params: Mapping[str, Any] | None = None, reason: str = "", note: str = ""
) -> Build:
    """A dead letter runs again, with these `params` where given. Raises WrongState for a task that did not fail,
    InputRefused."""
    _check(params or {})

    def apply_() -> Build:
        given = params
        if note:
            option = option_by(Strategy.RETRY_WITH_DELAY, reason, {"delay_s": 0.0})
            given = guided(task.params if params is None else params, option, note=note)
        build = dead_letters.replay_dead(task=task, user=user, params=given, reason=reason)
        replayed(task, user=user, reason=reason)
        withdraw(task)
        follow(build.workspace_id)
        return build

    return write(apply_)


def _check(params: Mapping[str, Any]) -> None:
    try:
        check(params)
    except ValidationError as error:
        errors: list[FieldError] = [
            {"field": ".".join(["params", KEY, *map(str, one["loc"])]), "message": one["msg"]} for one in error.errors()
        ]
        raise InputRefused(f"{errors[0]['field']}: {errors[0]['message']}.", errors=errors) from error


def _apply(task: Task, situation: Situation, option: Option, user: User, note: str, *, answer: str) -> RecoveryAttempt:
    also: Callable[[], None] = closing(task, user=user, answer=answer, note=note)
    verdict = Verdict(chosen=option, rung=PRIMARY)
    order = Order(
        task=task, situation=situation, verdict=verdict, origin=Origin.PERSON, actor=user, note=note, also=also
    )
    try:
        row = apply(order)
    except NotPossible as error:
        raise StrategyRefused(f"{Strategy(option.strategy).label}: {error}") from error
    if row is None:
        raise WrongState("The task went on meanwhile.", hint="Reload the page.")
    return row


def _situation(task: Task) -> Situation:
    """Of the task as it is now; its `build` is loaded then. Raises WrongState for one that does not wait."""
    task.refresh_from_db()
    if task.state != TaskState.WAITING:
        raise WrongState(f"“{task.title}” does not wait.", hint="Only a task that waits can be decided about.")
    return situation_of(task)
