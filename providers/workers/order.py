"""Who works on a job, in which order, and why."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autodev.contracts.contexts import ImplementContext
from autodev.contracts.job import Job, JobKind, JobResult
from providers import registry
from providers.kinds import agents, models
from providers.kinds.agents import AgentProgramKind, agent_kind, is_agent_kind
from providers.kinds.base import ProviderKind
from providers.live import process
from providers.live.view import WorkspaceView
from providers.routing.choice import Candidate, Choice, Excluded
from providers.routing.choose import choose
from providers.routing.local import Local
from providers.routing.need import Need
from providers.states import CallPurpose
from providers.targets import Target
from providers.workers.seam import in_caller, uuid_of

AGENT = "agent"
log = logging.getLogger(__name__)
ON_FILES = frozenset({JobKind.IMPLEMENT, JobKind.TEST, JobKind.DOCUMENT, JobKind.REPAIR})
# Gates that say that a program cannot work at this moment.
AWAY = "breaker"


@dataclass(frozen=True, kw_only=True)
class Worker:
    """`name` is that of the kind, or of an agent program's provider, whose `target` is then set. `reason` says why it
    stands at its place."""

    name: str
    kind: ProviderKind | AgentProgramKind
    target: Target | None = None
    reason: str = ""

    def avoided(self, names: Sequence[str]) -> bool:
        return self.name in names or self.kind.name in names

    def can(self, kind: JobKind) -> bool:
        """One that breaks when it is asked this does not do it."""
        try:
            return bool(self.kind.can(kind))
        except Exception:
            log.exception("provider.broke", extra={"provider": self.name})
            return False

    async def perform(self, job: Job) -> JobResult:
        if self.target is not None:
            return await agent_kind(self.target.kind).perform(job, self.target)
        kind: ProviderKind = self.kind  # type: ignore[assignment] # without a target it is no program's
        return await kind.perform(job)


@dataclass(frozen=True, kw_only=True)
class Order:
    """`workers` in the order in which they are asked. `choice` is what it was made from, None where no agent program
    stands in the chain; `away` are programs whose circuit is open, and until when."""

    workers: tuple[Worker, ...]
    choice: Choice | None = None
    away: tuple[Excluded, ...] = ()


def on_files(job: Job) -> bool:
    """Whether the job changes a project that is there; one that begins from nothing is a blueprint's."""
    return job.kind in ON_FILES and not isinstance(job.context, ImplementContext)


async def order_of(job: Job) -> Order:
    """Agent programs only work on files that are there; who has none switched on has the kinds in their usual order."""
    kinds = registry.kinds()
    usual = Order(workers=tuple(Worker(name=kind.name, kind=kind) for kind in kinds))
    if job.workspace_id is None or not on_files(job):
        return usual
    workspace_id = job.workspace_id
    view = await in_caller(lambda: process.view(workspace_id))
    if not any(is_agent_kind(target.kind) for target in view.targets.values()):
        return usual
    return ordered(job, view, process.live().now(), kinds)


def ordered(job: Job, view: WorkspaceView, now: float, kinds: Sequence[ProviderKind]) -> Order:
    """The routing's choice of the job's chain, in which all models are one worker, our own agent, at the place of the
    first of them. Without a model that can be asked now it comes behind the programs, and says why nobody answers.
    Plug-in kinds follow, the emergency ones last."""
    need = need_of_work(job, view.workspace_id)
    choice = choose(of_workers(view, str(job.kind)), need, now, local=local_of(str(job.kind)))
    own = next((kind for kind in kinds if kind.name == AGENT and not kind.emergency), None)
    others = [Worker(name=kind.name, kind=kind) for kind in kinds if kind is not own]
    found = list(_chosen(choice, own))
    if own is not None and not any(one.kind is own for one in found) and _models(view, choice):
        found.append(Worker(name=own.name, kind=own, reason="no model of the chain can be asked at present"))
    if not view.fallback:
        del found[1:]
    away = tuple(one for one in choice.excluded if one.gate == AWAY and is_program(view, one.name))
    away += tuple(
        Excluded(name=one.name, gate=AWAY, reason=one.reason, until=one.until)
        for one in choice.candidates
        if not one.closed and is_agent_kind(one.target.kind)
    )
    named = any(is_program(view, one) for one in (*_names(choice), *(gone.name for gone in choice.excluded)))
    return Order(workers=(*found, *others), choice=choice if named else None, away=away)


def need_of_work(job: Job, workspace_id: uuid.UUID) -> Need:
    return Need(
        workspace_id=workspace_id, task_kind=str(job.kind), purpose=CallPurpose.AGENT, project_id=job.project_id,
        build_id=job.build_id, task_id=uuid_of(job.task_id), avoid=job.guidance.avoid, emergency=False,
    )  # fmt: skip


def local_of(task_kind: str) -> Local:
    """Models and programs, those that can do such a job here."""
    speaks = {*models.model_kinds(), *agents.agent_kinds()}
    return Local(speaks=speaks.__contains__, held=lambda target: agents.why_not(target.kind, task_kind))


def work_kind(task_kind: str) -> str:
    """Under which kind of task decisions on who works are kept: those on whose model answers are others."""
    return f"{task_kind}-work"


def of_workers(view: WorkspaceView, task_kind: str) -> WorkspaceView:
    """The view with the worker that served last in the place of the model that did."""
    incumbent = view.incumbents.get(work_kind(task_kind))
    return replace(view, incumbents={} if incumbent is None else {task_kind: incumbent})


def is_program(view: WorkspaceView, name: str) -> bool:
    return name in view.targets and is_agent_kind(view.targets[name].kind)


def _chosen(choice: Choice, own: ProviderKind | None) -> Iterator[Worker]:
    placed = False
    for one in choice.candidates:
        if is_agent_kind(one.target.kind):
            # One whose circuit is not closed is for a probe to try, not for a job.
            if one.closed:
                yield Worker(name=one.name, kind=agent_kind(one.target.kind), target=one.target, reason=one.reason)
        elif own is not None and not placed and not one.target.emergency:
            placed = True
            yield Worker(name=own.name, kind=own, reason=f"on {', '.join(_on(choice))}: {one.reason}")


def _on(choice: Choice) -> list[str]:
    return [one.name for one in choice.candidates if _is_model(one)]


def _is_model(one: Candidate) -> bool:
    return not one.target.emergency and not is_agent_kind(one.target.kind)


def _models(view: WorkspaceView, choice: Choice) -> bool:
    """Whether the chain names a model at all, whatever keeps it from being asked."""
    names = [*_names(choice), *(one.name for one in choice.excluded)]
    targets = [view.targets[name] for name in names if name in view.targets]
    return any(not target.emergency and not is_agent_kind(target.kind) for target in targets)


def _names(choice: Choice) -> list[str]:
    return [one.name for one in choice.candidates]
