"""The visits of workers to one job, as its journal has them: who began at which commit, and why it left.

A round is one pass over the workers. What began and did not leave goes on with the same worker, whatever ended the
process; a round in which all of them failed is closed, and the next attempt begins with the first one again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autodev.contracts.job import Job
from autodev.contracts.transcript import StepKind
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.workers.standing import Standing

BEGAN, FAILED, LEFT, OVER, AFTER = "began", "failed", "left", "over", "after"


@dataclass(frozen=True, kw_only=True)
class Left:
    """Why a worker gave the job up. `commit` is what it left, `restored` what was put in its place because checks that
    had been green were red, `lost` those checks."""

    kind: str
    message: str
    commit: str
    outside: bool = False
    retry_after_s: float | None = None
    provider: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    not_for_this_job: bool = False
    restored: str = ""
    lost: tuple[str, ...] = ()

    def failure(self) -> ProviderFailure:
        if self.not_for_this_job:
            return NotForThisJob(self.message, details=self.details)
        return ProviderFailure(
            self.kind, self.message, outside=self.outside, retry_after_s=self.retry_after_s, provider=self.provider,
            details=self.details,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Visit:
    """`key` is that of the job as the worker has it, by which its own steps are found: another one than the job's where
    it begins anew. `told` is the guidance that it got, `standing` how the checks stood when it took somebody's work
    over, `spent_usd` what the task had cost by then."""

    number: int
    round: int
    worker: str
    kind: str
    commit: str
    key: str = ""
    told: str = ""
    previous: str = ""
    reason: str = ""
    spent_usd: str = ""
    decision: str = ""
    standing: Standing | None = None
    left: Left | None = None


@dataclass(frozen=True, kw_only=True)
class History:
    """All visits of a job in their order; `round` is the number of the present one, from 1."""

    job: str
    visits: tuple[Visit, ...] = ()
    round: int = 1

    @property
    def present(self) -> tuple[Visit, ...]:
        """Those of the present round."""
        return tuple(one for one in self.visits if one.round == self.round)

    @property
    def open(self) -> Visit | None:
        """Who is at work, or was when the process ended."""
        last = self.present[-1] if self.present else None
        return last if last is not None and last.left is None else None

    def with_visit(self, visit: Visit) -> History:
        """With the visit, in the place of the one of its number."""
        others = tuple(one for one in self.visits if one.number != visit.number)
        return replace(self, visits=(*others, visit))


def name_of(job: Job) -> str:
    return job.key or str(job.kind)


async def history_of(job: Job) -> History:
    journal, name = job.ports.journal, name_of(job)
    began = [one for one in (await journal.answers(f"{BEGAN}:")).values() if one["job"] == name]
    left = {one["number"]: one for one in (await journal.answers(f"{LEFT}:")).values() if one["job"] == name}
    over = [one for one in (await journal.answers(f"{OVER}:")).values() if one["job"] == name]
    visits = [_visit(one, left.get(one["number"])) for one in sorted(began, key=lambda one: int(one["number"]))]
    return History(job=name, visits=tuple(visits), round=len(over) + 1)


async def begun(job: Job, visit: Visit) -> None:
    """Writes that the worker begins."""
    answer = {
        "job": name_of(job), "number": visit.number, "round": visit.round, "worker": visit.worker, "kind": visit.kind,
        "commit": visit.commit,
        "key": visit.key, "told": visit.told, "previous": visit.previous, "reason": visit.reason,
        "spent_usd": visit.spent_usd, "decision": visit.decision,
        "standing": visit.standing.as_json() if visit.standing is not None else None,
    }  # fmt: skip
    title = f"{visit.worker} takes over from {visit.previous}" if visit.previous else f"{visit.worker} begins"
    await job.ports.journal.record(f"{BEGAN}:{name_of(job)}:{visit.number}", answer, title=title, kind=StepKind.BEGAN)


async def failed(job: Job, visit: Visit, left: Left) -> None:
    """Writes why the worker will leave, before its work is looked at."""
    title = f"{visit.worker} failed: {left.message}"
    key = f"{FAILED}:{name_of(job)}:{visit.number}"
    await job.ports.journal.record(key, _answer(job, visit, left), title=title, kind="note")


async def failure_of(job: Job, visit: Visit) -> ProviderFailure | None:
    """With what it failed, where that was written; it is not asked again then."""
    key = f"{FAILED}:{name_of(job)}:{visit.number}"
    found = (await job.ports.journal.answers(key)).get(key)
    return None if found is None else _left(found).failure()


async def gone(job: Job, visit: Visit, left: Left) -> None:
    """Writes that the worker leaves."""
    title = f"{visit.worker} leaves: {left.message}"
    key = f"{LEFT}:{name_of(job)}:{visit.number}"
    await job.ports.journal.record(key, _answer(job, visit, left), title=title, kind=StepKind.LEFT)


async def round_over(job: Job, history: History) -> None:
    """Writes that nobody of this round did it."""
    answer = {"job": history.job, "asked": [one.worker for one in history.present]}
    await job.ports.journal.record(f"{OVER}:{history.job}:{history.round}", answer, title="Nobody did it", kind="note")


def as_left(failure: ProviderFailure, *, commit: str, restored: str = "", lost: Sequence[str] = ()) -> Left:
    return Left(
        kind=failure.kind, message=str(failure)[:2000], commit=commit, outside=failure.outside,
        retry_after_s=failure.retry_after_s, provider=failure.provider, details=failure.details,
        not_for_this_job=isinstance(failure, NotForThisJob), restored=restored, lost=tuple(lost),
    )  # fmt: skip


def _answer(job: Job, visit: Visit, left: Left) -> dict[str, Any]:
    return {
        "job": name_of(job), "number": visit.number, "worker": visit.worker, "failure": left.kind,
        "message": left.message, "outside": left.outside, "retry_after_s": left.retry_after_s,
        "provider": left.provider, "details": dict(left.details), "commit": left.commit, "restored": left.restored,
        "lost": list(left.lost), "not_for_this_job": left.not_for_this_job,
    }  # fmt: skip


def _visit(began: Mapping[str, Any], left: Mapping[str, Any] | None) -> Visit:
    return Visit(
        number=began["number"], round=began["round"], worker=began["worker"], kind=began["kind"],
        commit=began["commit"],
        key=began["key"], told=began["told"], previous=began["previous"], reason=began["reason"],
        spent_usd=began["spent_usd"], decision=began["decision"], standing=Standing.from_json(began["standing"]),
        left=None if left is None else _left(left),
    )  # fmt: skip


def _left(answer: Mapping[str, Any]) -> Left:
    return Left(
        kind=answer["failure"], message=answer["message"], commit=answer["commit"], outside=answer["outside"],
        retry_after_s=answer["retry_after_s"], provider=answer["provider"], details=answer["details"],
        not_for_this_job=answer["not_for_this_job"], restored=answer["restored"], lost=tuple(answer["lost"]),
    )  # fmt: skip
