"""The timeline of a task: each attempt with what was thought, tried and asked when it failed, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from projects.models import Attempt, Task
from projects.selectors.tasks import attempts_of
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.selectors.decisions import decisions

TURNS_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One attempt and what followed. A decision may stand without an attempt, as of a worker that was lost before it
    began."""

    epoch: int
    attempt: Attempt | None = None
    decision: RecoveryAttempt | None = None
    request: HumanRequest | None = None


def merged(
    attempts: Iterable[Attempt], decided: Iterable[RecoveryAttempt], asked: Iterable[HumanRequest]
) -> list[Turn]:
    """By epoch, the newest first. The epoch of a lost attempt has risen when it was decided about: such a decision
    belongs to the newest attempt before it that has none. Pure."""
    ran = {one.epoch: one for one in attempts}
    requests = {one.epoch: one for one in asked}
    of: dict[int, RecoveryAttempt] = {}
    for one in sorted(decided, key=lambda row: row.epoch):
        before = [epoch for epoch in ran if epoch <= one.epoch and epoch not in of]
        of[one.epoch if one.epoch in ran else max(before, default=one.epoch)] = one
    used = {one.epoch for one in of.values()}
    epochs = {*ran, *of, *(epoch for epoch in requests if epoch not in used)}
    return [
        Turn(epoch=epoch, attempt=ran.get(epoch), decision=of.get(epoch), request=_asked(requests, epoch, of))
        for epoch in sorted(epochs, reverse=True)
    ]


def _asked(requests: dict[int, HumanRequest], epoch: int, of: dict[int, RecoveryAttempt]) -> HumanRequest | None:
    found = of.get(epoch)
    return requests.get(found.epoch if found is not None else epoch)


def timeline_of(task: Task) -> list[Turn]:
    """The newest turns of the task, at most `TURNS_SHOWN`, in three queries."""
    attempts = list(attempts_of(task)[:TURNS_SHOWN])
    decided = list(decisions(task.build.workspace_id, task_id=task.pk)[:TURNS_SHOWN])
    asked = list(task.human_requests.select_related("answered_by").order_by("-epoch")[:TURNS_SHOWN])
    return merged(attempts, decided, asked)[:TURNS_SHOWN]
