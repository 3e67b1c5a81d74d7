"""From a situation to a decision that is written: choose, apply, and choose again where what was chosen is gone."""

from __future__ import annotations

import logging
from dataclasses import replace

from projects.models import Task
from recovery.acts import NotPossible
from recovery.apply import Order, apply
from recovery.asking import options_for
from recovery.models import RecoveryAttempt
from recovery.numbers import Chooser
from recovery.situation import Opinion, Option, Situation, Verdict
from recovery.states import Origin, RequestReason, Source, Strategy

log = logging.getLogger(__name__)
SWITCHED_OFF = "Automatic recovery is switched off (ENABLE_AUTO_TASK_RECOVERY)."


def decide(
    task: Task, situation: Situation, chooser: Chooser, *, origin: Origin, opinion: Opinion | None = None
) -> RecoveryAttempt | None:
    """The decision about this failure, written; None where somebody else decided. Where nothing that was chosen can be
    done, a person is asked."""
    while True:
        verdict = chooser.choose(situation, opinion)
        asked = verdict.chosen.strategy == Strategy.ASK_A_PERSON
        options = options_for(situation, chooser.open_strategies(situation)) if asked else []
        order = Order(task=task, situation=situation, verdict=verdict, origin=origin, options=tuple(options))
        try:
            return apply(order)
        except NotPossible as error:
            log.warning(
                "recovery.not_possible",
                extra={"task_id": str(task.pk), "strategy": str(verdict.chosen.strategy), "error": str(error)},
            )
            left = without(situation, verdict.chosen)
            if left == situation:
                why = f"{Strategy(verdict.chosen.strategy).label} could not be done: {error}"
                return ask_a_member(task, situation, chooser, why=why, origin=origin)
            situation = left


def ask_a_member(
    task: Task, situation: Situation, chooser: Chooser, *, why: str = SWITCHED_OFF, origin: Origin = Origin.IMMEDIATE
) -> RecoveryAttempt | None:
    """Where automatic recovery is off or at its wits' end: the task waits for a member, who finds every strategy that
    is possible."""
    option = Option(strategy=Strategy.ASK_A_PERSON, source=Source.RULE, confidence=1.0, reasons=(why,))
    verdict = Verdict(chosen=option, rung=1, request=RequestReason.EXHAUSTED)
    options = options_for(situation, chooser.open_strategies(situation))
    return apply(Order(task=task, situation=situation, verdict=verdict, origin=origin, options=tuple(options)))


def without(situation: Situation, gone: Option) -> Situation:
    """The situation without what was offered and is gone. Pure."""
    if gone.strategy == Strategy.DECOMPOSE_INTO_SUBTASKS:
        return replace(situation, parts=0)
    if gone.strategy == Strategy.ALTERNATIVE_APPROACH:
        name = gone.params.get("approach")
        return replace(situation, approaches=tuple(one for one in situation.approaches if one != name))
    return situation
