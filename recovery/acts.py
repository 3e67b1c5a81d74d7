"""How each strategy becomes a decision of the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autodev.accounts.models import User
from projects.engine import decisions
from projects.engine.disk import is_full
from projects.engine.outcome import NewTask
from projects.guidance import guidance_of, with_guidance
from projects.models import Task
from projects.remedies import Approach, remedies_for
from projects.repository.errors import RepositoryError
from recovery.context import summary_of
from recovery.guide import guided
from recovery.situation import Option
from recovery.states import Strategy


class NotPossible(Exception):
    """What was offered when the situation was read cannot be done now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A decision to be: `along` writes recovery's rows in its transaction, `reason` is for people. A member is the
    `actor`, with a `note` for the next attempt. `until` is when a person's answer is no longer waited for; None ends
    the task at once, and the question stays."""

    task: Task
    option: Option
    reason: str
    along: Callable[[], None]
    actor: User | None = None
    note: str = ""
    until: dt.datetime | None = None

    @property
    def place(self) -> dict[str, Any]:
        return {"task_id": self.task.pk, "epoch": self.task.epoch, "reason": self.reason, "along": self.along,
                "actor": self.actor}  # fmt: skip

    def guided(self, **more: Any) -> dict[str, Any]:
        return guided(self.task.params, self.option, note=self.note, **more)


def perform(act: Act) -> bool:
    """Writes the decision with what goes along; False where somebody was faster. Raises NotPossible."""
    try:
        return _ACTS[act.option.strategy](act)
    except (ValueError, RepositoryError) as error:  # parts or a restart that do not fit; git that cannot be read
        if is_full(error):
            raise
        raise NotPossible(str(error)) from error


def _retry(act: Act) -> bool:
    return decisions.retry(**act.place, params=act.guided(), front=True)


def _later(act: Act) -> bool:
    delay_s = float(act.option.params.get("delay_s", 0.0))
    return decisions.retry(**act.place, params=act.guided(), delay_s=delay_s, front=True)


def _anew(act: Act) -> bool:
    return decisions.retry(**act.place, params=act.guided(summary=summary_of(act.task)), fresh=True, front=True)


def _divide(act: Act) -> bool:
    parts = remedies_for(act.task.kind).parts(act.task)
    if not parts:
        raise NotPossible("The work cannot be divided any more.")
    return decisions.supersede(**act.place, parts=named(act.task, [_told(one, act) for one in parts]))


def _told(part: NewTask, act: Act) -> NewTask:
    """The part knows why it is one, whom not to ask, and what a person said."""
    of_whole = act.guided()["recovery"]
    own = guidance_of(part.params)
    avoid = list(dict.fromkeys([*of_whole["avoid"], *own.avoid]))
    told = replace(own, strategy=of_whole["strategy"], note=of_whole["note"], avoid=tuple(avoid))
    return replace(part, params=with_guidance(part.params, told))


def named(task: Task, parts: list[NewTask]) -> list[NewTask]:
    """The parts with keys that no other division of the build uses: `<key>.e<epoch>.<number>`."""
    keys = {part.key: f"{task.key}.e{task.epoch}.{number}" for number, part in enumerate(parts, start=1)}
    return [replace(part, key=keys[part.key], needs=[keys.get(need, need) for need in part.needs]) for part in parts]


def _other_way(act: Act) -> bool:
    name = act.option.params.get("approach")
    offered = {one.name: one for one in remedies_for(act.task.kind).approaches(act.task)}
    approach = offered.get(str(name))
    if approach is None:
        raise NotPossible(f"There is no approach {name!r} any more.")
    message = act.task.last_error
    if not approach.restart or approach.restart == act.task.key:
        return decisions.retry(**act.place, params=act.guided(approach=approach, message=message), front=True)
    return decisions.restart(**act.place, start=approach.restart, params=_for_restart(act, approach))


def _for_restart(act: Act, approach: Approach) -> dict[str, dict[str, Any]]:
    """The earlier task goes the other way; the one that failed keeps the word of what did."""
    start = Task.objects.filter(build_id=act.task.build_id, key=approach.restart).first()
    if start is None:
        raise NotPossible(f"The build has no task {approach.restart!r}.")
    message = act.task.last_error
    return {
        start.key: guided(start.params, act.option, approach=approach, message=message, note=act.note),
        act.task.key: act.guided(approach=approach, message=message),
    }


def _ask(act: Act) -> bool:
    if act.until is None:
        return decisions.give_up(**act.place)
    return decisions.ask_person(**act.place, until=act.until)


def _end(act: Act) -> bool:
    return decisions.give_up(**act.place)


_ACTS: Mapping[Strategy, Callable[[Act], bool]] = {
    Strategy.RETRY_WITH_DIFFERENT_AGENT: _retry,
    Strategy.RETRY_WITH_DELAY: _later,
    Strategy.CONTEXT_RECONSTRUCTION: _anew,
    Strategy.DECOMPOSE_INTO_SUBTASKS: _divide,
    Strategy.ALTERNATIVE_APPROACH: _other_way,
    Strategy.SKIP_WITH_FALLBACK: _retry,
    Strategy.ASK_A_PERSON: _ask,
    Strategy.GIVE_UP: _end,
}
