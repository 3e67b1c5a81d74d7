"""One worker after the other on the files of a project, until one has done the job.

Each one goes on where the last one stopped: the files are at its last snapshot, and what it did, what failed and what
is open is told to the next. One that leaves checks red which were green when it took over has its work taken back.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial

from autodev.contracts.job import Job, JobResult
from autodev.contracts.ports import Cancelled
from autodev.lib import clock
from providers import ledger
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.workers import visits
from providers.workers.handover import handed_by, handover, messages_of, paths_between
from providers.workers.order import Order, Worker, need_of_work, work_kind
from providers.workers.runs import counted
from providers.workers.seam import in_caller, uuid_of
from providers.workers.standing import Standing, measured
from providers.workers.visits import History, Left, Visit

Ask = Callable[[Worker, Job], Awaitable[JobResult]]


class Succession:
    """The work on one job. `ask` lets a worker do it and makes a ProviderFailure of whatever breaks in it."""

    def __init__(self, job: Job, order: Order, history: History, ask: Ask) -> None:
        self._job = job
        self._order = order
        self._history = history
        self._ask = ask

    async def work(self) -> JobResult:
        """Raises ProviderFailure where nobody did it, and what speaks about the job itself."""
        await self._put_right()
        for worker in self._waiting():
            if self._job.ports.cancel.is_set():
                raise Cancelled
            visit = await self._visit(worker)
            try:
                result = await self._stay(worker, visit)
            except ProviderFailure as failure:
                await self._left(worker, visit, failure)
                continue
            worse = await self._made_worse(visit)
            if worse is None:
                return result
            await self._left(worker, visit, worse)
        failures = [one.left.failure() for one in self._history.present if one.left is not None]
        await visits.round_over(self._job, self._history)
        raise failed_with(failures, self._order, self._job)

    def _waiting(self) -> Iterator[Worker]:
        """Who was at work when the process ended, then those who were not asked in this round."""
        asked = {one.worker for one in self._history.present}
        open_ = self._history.open
        if open_ is not None:
            yield from (one for one in self._order.workers if one.name == open_.worker)
        yield from (one for one in self._order.workers if one.name not in asked)

    async def _put_right(self) -> None:
        """A task's row may still have a commit that was taken back, by us or by who worked on it: nothing was written
        after it. Who was at work knows itself where the files stood."""
        workspace, left = self._job.ports.workspace, [one.left for one in self._history.visits if one.left is not None]
        restored = {one.commit: one.restored for one in left}.get(workspace.head, "")
        stood = restored or (left[-1].commit if left and self._history.open is None else "")
        if stood and stood != workspace.head:
            await workspace.restore(stood)

    async def _visit(self, worker: Worker) -> Visit:
        """The visit that was begun before, or a new one."""
        open_ = self._history.open
        if open_ is not None and open_.worker == worker.name:
            self._job.ports.emit(f"{worker.name}: goes on where it was")
            return open_
        job, before = self._job, self._history.visits
        key = self._key(worker)
        standing = await self._standing(worker, key)
        base = before[0].commit if before else job.ports.workspace.head
        handed = await handed_by(job, before, to=worker.name, key=key)
        told = handover(
            job, handed, standing=standing, paths=await paths_between(job, base, job.ports.workspace.head),
            messages=await messages_of(job) if before else (),
        )  # fmt: skip
        told = "\n\n".join(part for part in (job.guidance.told, told) if part)
        previous = next((one for one in reversed(self._history.present) if not _passed_over(one)), None)
        visit = Visit(
            number=len(before) + 1, round=self._history.round, worker=worker.name, kind=worker.kind.name,
            commit=job.ports.workspace.head, key=key, told=told,
            previous=previous.worker if previous is not None else "", reason=worker.reason,
            spent_usd=await self._spent(), standing=standing,
        )  # fmt: skip
        visit = replace(visit, decision=await self._decided(visit, previous))
        await visits.begun(job, visit)
        self._history = self._history.with_visit(visit)
        if visit.previous:
            job.ports.emit(f"{worker.name} takes over from {visit.previous}", fields={"commit": visit.commit})
        return visit

    def _key(self, worker: Worker) -> str:
        """The job's key as the worker has it. It goes on with its own conversation where nobody worked since and where
        going on can help: else it begins a new one, on the files as they are."""
        worked = [one for one in self._history.visits if not _passed_over(one)]
        own = [one for one in worked if one.worker == worker.name]
        if not own:
            return self._job.key
        last = worked[-1]
        if last.worker == worker.name and last.left is not None and _can_go_on(last.left):
            return last.key
        return f"{visits.name_of(self._job)}~{len(self._history.visits) + 1}"

    async def _standing(self, worker: Worker, key: str) -> Standing | None:
        """How the project stands when somebody's changes are handed over; None where nothing was changed, and to who
        goes on with its own conversation."""
        before, head = self._history.visits, self._job.ports.workspace.head
        if not before or head == before[0].commit or any((worker.name, key) == (v.worker, v.key) for v in before):
            return None
        last = before[-1]
        if last.standing is not None and head == last.commit:
            return last.standing
        return await self._after(last)

    async def _after(self, visit: Visit) -> Standing | None:
        """Measured once for each visit: a ladder takes long."""
        job = self._job
        key = f"{visits.AFTER}:{visits.name_of(job)}:{visit.number}"
        title = f"The checks after {visit.worker}"
        return Standing.from_json(await job.ports.journal.once(key, partial(measured, job.ports), title=title))

    async def _spent(self) -> str:
        task_id = uuid_of(self._job.task_id)
        if self._job.budget_usd is None or task_id is None:
            return ""
        return str(await in_caller(partial(ledger.spent_on, task_id)))

    async def _decided(self, visit: Visit, previous: Visit | None) -> str:
        """The decision's row, where there was something to choose from."""
        choice = self._order.choice
        if choice is None or self._job.workspace_id is None:
            return ""
        left = previous.left if previous is not None else None
        why = f"{visit.previous} left: {left.message}" if left is not None else visit.reason or choice.reason
        need = replace(need_of_work(self._job, self._job.workspace_id), task_kind=work_kind(str(self._job.kind)))
        made = await in_caller(
            partial(
                ledger.worker_chosen, need, choice, worker=visit.worker, previous=visit.previous,
                trigger=left.kind if left is not None else "", reason=why,
            )
        )  # fmt: skip
        return str(made)

    async def _stay(self, worker: Worker, visit: Visit) -> JobResult:
        failed = await visits.failure_of(self._job, visit)
        if failed is not None:
            raise failed
        guidance = replace(self._job.guidance, told=visit.told)
        job = replace(self._job, key=visit.key, guidance=guidance, budget_usd=self._left_to_spend(worker, visit))
        target = worker.target
        if target is None:
            return await self._ask(worker, job)
        _must_have_time_and_money(job)
        decision_id = uuid.UUID(visit.decision) if visit.decision else None
        return await counted(job, target, partial(self._ask, worker, job), decision_id=decision_id)

    def _left_to_spend(self, worker: Worker, visit: Visit) -> Decimal | None:
        """What those before left of the job's budget, and no more than an agent program may spend by itself."""
        budget = self._job.budget_usd
        first = self._history.present[0]
        if budget is not None and visit.spent_usd and first.spent_usd:
            budget -= Decimal(visit.spent_usd) - Decimal(first.spent_usd)
        own = worker.target.params.get("max_budget_usd") if worker.target is not None else None
        if own is None:
            return budget
        return Decimal(str(own)) if budget is None else min(budget, Decimal(str(own)))

    async def _made_worse(self, visit: Visit) -> ProviderFailure | None:
        """Whether one that took over ended with checks red that were green then."""
        if visit.standing is None or self._job.ports.workspace.head == visit.commit:
            return None
        after = await self._after(visit)
        lost = visit.standing.lost(after) if after is not None else ()
        if not lost:
            return None
        said = f"what it did left checks red that had been green: {', '.join(lost)}"
        return ProviderFailure("code_error", said, provider=visit.worker, details={"lost": list(lost)})

    async def _left(self, worker: Worker, visit: Visit, failure: ProviderFailure) -> None:
        """Writes that it leaves, and takes its work back where it made it worse."""
        job, commit = self._job, self._job.ports.workspace.head
        failure.provider = failure.provider or worker.name
        lost: tuple[str, ...] = ()
        if visit.standing is not None and commit != visit.commit:
            # A ladder takes long: who dies in it must not let it work again.
            await visits.failed(job, visit, visits.as_left(failure, commit=commit))
            after = await self._after(visit)
            lost = visit.standing.lost(after) if after is not None else ()
        restored = visit.commit if lost else ""
        if restored:
            await job.ports.workspace.restore(restored)
        left = visits.as_left(failure, commit=commit, restored=restored, lost=lost)
        await visits.gone(job, visit, left)
        self._history = self._history.with_visit(replace(visit, left=left))
        if not left.not_for_this_job:
            job.ports.emit(f"{worker.name}: {failure}", fields={"failure": failure.kind})


def failed_with(failures: list[ProviderFailure], order: Order, job: Job) -> ProviderFailure:
    """What is raised where nobody did the job: the last failure; an outage before what only a person mends, because
    waiting helps against the one. Of several, `details` name all who were asked."""
    real = [one for one in failures if not isinstance(one, NotForThisJob)]
    if not real:
        return failures[0] if failures and not order.away else _away(order, failures, job)
    last = real[-1]
    if last.kind in SET_UP:
        last = next((one for one in reversed(real) if one.outside), last)
    if len(real) > 1:
        asked = [{"provider": one.provider, "kind": one.kind} for one in real]
        told = [one for one in last.details.get("asked", ()) if one not in asked]
        last.details = {**last.details, "asked": [*asked, *told]}
    return last


# The same steps again would come to the same end.
BLIND_ALLEYS = frozenset({"code_error", "context_window"})
SET_UP = frozenset({"authentication", "permission", "model_not_found", "budget"})


def _away(order: Order, failures: list[ProviderFailure], job: Job) -> ProviderFailure:
    """Programs whose circuit is open come back by themselves."""
    if not order.away:
        return failures[0] if failures else NotForThisJob(f"nobody of those asked does {job.kind} jobs")
    soonest = min((one.until for one in order.away if one.until is not None), default=None)
    reasons = "; ".join(f"{one.name}: {one.reason}" for one in order.away)
    now = clock.utcnow().timestamp()
    return ProviderFailure(
        "unavailable", f"nobody can work on it at present ({reasons})", outside=True, provider=order.away[0].name,
        retry_after_s=None if soonest is None else max(0.0, soonest - now),
    )  # fmt: skip


def _passed_over(visit: Visit) -> bool:
    return visit.left is not None and visit.left.not_for_this_job


def _can_go_on(left: Left) -> bool:
    """Whether the same conversation may yet get there: what it did stands, and it did not end in a blind alley."""
    return not left.restored and left.kind not in BLIND_ALLEYS


def _must_have_time_and_money(job: Job) -> None:
    """Raises ProviderFailure before a program is started for nothing."""
    if job.deadline is not None and job.deadline <= clock.utcnow():
        raise ProviderFailure("timeout", "the build's deadline has passed")
    if job.budget_usd is not None and job.budget_usd <= 0:
        raise ProviderFailure("budget", "the job's budget is used up")
