"""Asking a person: the question, with everything needed to answer it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from projects.models import Attempt, AttemptOutcome, Task
from projects.selectors.output import LOOKED_AT, tail_of
from recovery.guide import first_line
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.situation import Situation
from recovery.states import RequestReason, Strategy

TAIL_BYTES = 8_000
FAILURES_TOLD = 5
RETRY, ACCEPT, GIVE_UP = "retry", "accept", "give_up"
QUESTIONS = {
    RequestReason.LOGIC_ERROR: "“{title}” fails by its own logic, and no strategy repaired it: {error}",
    RequestReason.DATA_CORRUPTION: "The data of “{title}” does not agree: {error}",
    RequestReason.QUARANTINED: "“{title}” took its worker down {crashes} times and is set apart: {error}",
    RequestReason.EXHAUSTED: "“{title}” failed, and recovery can do no more by itself: {error}",
}


def question_of(task: Task, reason: RequestReason) -> str:
    error = first_line(task.last_error) or task.error_kind or "nothing is known of it."
    asked = QUESTIONS[reason].format(title=task.title, error=error, crashes=task.crashes)
    return f"{asked.rstrip('.')}. How should it go on?"


def request_for(
    task: Task, *, epoch: int, reason: RequestReason, until: dt.datetime | None, options: Sequence[str] = ()
) -> HumanRequest:
    """The request, not yet written; `task.build` is loaded. `options` are strategies that a person may choose beside
    trying again and giving up."""
    return HumanRequest(
        workspace_id=task.build.workspace_id,
        build_id=task.build_id,
        task=task,
        epoch=epoch,
        reason=reason,
        question=question_of(task, reason),
        evidence=evidence_of(task),
        options=[RETRY, *options, *([ACCEPT] if reason == RequestReason.QUARANTINED else []), GIVE_UP],
        until=until,
    )


def options_for(situation: Situation, open_: Sequence[Strategy]) -> list[str]:
    """The strategies that are still open, and a fallback where there is one."""
    fallback = [Strategy.SKIP_WITH_FALLBACK] if situation.fallbacks else []
    return [str(one) for one in dict.fromkeys([*open_, *fallback]) if one != Strategy.RETRY_WITH_DELAY]


def evidence_of(task: Task) -> dict[str, Any]:
    """The last failures, who had the task, what was tried, the end of what was printed, and where its work lies."""
    attempts = list(Attempt.objects.filter(task=task).exclude(outcome=AttemptOutcome.RUNNING).order_by("-epoch"))
    bad = [one for one in attempts if one.outcome in {AttemptOutcome.FAILED, AttemptOutcome.LOST}]
    tried = RecoveryAttempt.objects.filter(task=task).order_by("epoch")
    return {
        "failures": [_failure(one) for one in bad[:FAILURES_TOLD]],
        "attempts": len(attempts),
        "crashes": task.crashes,
        "owners": list(dict.fromkeys(one.owner for one in bad)),
        "tried": [
            {"strategy": strategy, "state": state, "params": params}
            for strategy, state, params in tried.values_list("strategy", "state", "params")
        ],
        "tail": next((text for text in (tail_of(one, TAIL_BYTES) for one in attempts[:LOOKED_AT]) if text), ""),
        "commit": task.head or task.base,
    }


def _failure(attempt: Attempt) -> dict[str, Any]:
    return {
        "epoch": attempt.epoch,
        "kind": attempt.error_kind or str(attempt.outcome),
        "message": attempt.error,
        "provider": attempt.provider,
        "at": attempt.finished_at.isoformat() if attempt.finished_at else None,
    }
