"""A workspace in which things fail: waits, decisions, questions, dead letters, known fixes."""

# mypy: disable-error-code="no-untyped-call"
# factory-boy's declarations have no types.

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from autodev.accounts.models import User, Workspace
from autodev.lib.clock import utcnow
from projects.engine.output import OutputFile
from projects.models import Attempt, AttemptOutcome, Build, Task
from projects.states import PERSON, RECOVERY, BuildState, Phase, TaskState
from recovery.models import HumanRequest, KnownFix, RecoveryAttempt, StrategyRecord
from recovery.states import Origin, RecoveryState, RequestReason, Source, Strategy
from tests.factories.accounts import WorkspaceFactory
from tests.factories.projects import BuildFactory, ProjectFactory, TaskFactory


class RecoveryAttemptFactory(DjangoModelFactory[RecoveryAttempt]):
    """A decision about a new task's first failure."""

    task = SubFactory(TaskFactory)
    build = LazyAttribute(lambda one: one.task.build)  # type: ignore[assignment] # the field's name is also the verb
    workspace = LazyAttribute(lambda one: one.task.build.workspace)
    epoch = Sequence(lambda n: n + 1)
    number = 1
    origin = Origin.IMMEDIATE
    strategy = Strategy.RETRY_WITH_DELAY
    source = Source.RULE
    state = RecoveryState.APPLIED
    confidence = 0.9
    failure_kind = "timeout"
    signature = "f" * 32
    task_kind = LazyAttribute(lambda one: one.task.kind)
    message = "The provider did not answer within 60 s."
    failed_at = LazyFunction(utcnow)
    applied_at = LazyFunction(utcnow)

    class Meta:
        model = RecoveryAttempt


class HumanRequestFactory(DjangoModelFactory[HumanRequest]):
    task = SubFactory(TaskFactory, state=TaskState.WAITING, wait_reason=PERSON, epoch=3)
    build = LazyAttribute(lambda one: one.task.build)  # type: ignore[assignment] # as above
    workspace = LazyAttribute(lambda one: one.task.build.workspace)
    epoch = LazyAttribute(lambda one: one.task.epoch)
    reason = RequestReason.LOGIC_ERROR
    question = "“Do it” fails the same way after three strategies. How should it go on?"
    until = LazyFunction(lambda: utcnow() + dt.timedelta(hours=20))

    class Meta:
        model = HumanRequest


class KnownFixFactory(DjangoModelFactory[KnownFix]):
    workspace = SubFactory(WorkspaceFactory)
    signature = Sequence(lambda n: f"{n:032x}")
    failure_kind = "timeout"
    task_kind = "implement"
    strategy = Strategy.RETRY_WITH_DIFFERENT_AGENT
    params = LazyFunction(lambda: {"avoid": ["claude"]})
    digest = Sequence(lambda n: f"{n:064x}")
    example = "The provider did not answer within 60 s."
    uses = 5
    successes = 4
    used_at = LazyFunction(utcnow)

    class Meta:
        model = KnownFix


@dataclass(frozen=True)
class Storm:
    """`waiting` waits for a time, `undecided` for recovery, `asked` for a person; `quarantined` and `failed` are dead
    letters of `ended`; `degraded` was done by a fallback."""

    live: Build
    ended: Build
    waiting: Task
    undecided: Task
    asked: Task
    degraded: Task
    quarantined: Task
    failed: Task
    request: HumanRequest
    decisions: tuple[RecoveryAttempt, ...]
    fix: KnownFix


def attempt_of(task: Task, epoch: int, *, age_s: float = 300, lasted_s: float = 42, **values: Any) -> Attempt:
    """An attempt that ended, by default failed."""
    given = {"owner": "build-host/4711", "outcome": AttemptOutcome.FAILED, **values}
    made = Attempt.objects.create(task=task, epoch=epoch, **given)
    at = utcnow() - dt.timedelta(seconds=age_s)
    Attempt.objects.filter(pk=made.pk).update(started_at=at, finished_at=at + dt.timedelta(seconds=lasted_s))
    made.refresh_from_db()
    return made


def stormy(workspace: Workspace, user: User | None = None) -> Storm:
    """Something of everything that recovery shows."""
    project = ProjectFactory.create(workspace=workspace, name="Lending", slug="lending")
    live = BuildFactory.create(
        project=project, idea="A lending library with due dates.", state=BuildState.RUNNING, phase=Phase.IMPLEMENT,
        progress=45, version=9, created_by=user,
    )  # fmt: skip
    ended = BuildFactory.create(
        project=project, idea="A REST API for invoices.", state=BuildState.FAILED, version=12, created_by=user
    )
    soon = utcnow() + dt.timedelta(minutes=4)
    waiting = TaskFactory.create(
        build=live, key="implement", kind="implement", title="Write the loans", state=TaskState.WAITING, epoch=2,
        attempts=1, waits=1, wait_reason="claude's limit is used up until then", next_run_at=soon,
        last_error="429: usage limit reached", error_kind="quota", started_at=utcnow(),
        params={"recovery": {"strategy": "retry_with_delay", "avoid": ["gpt"]}, "goal": "loans"},
    )  # fmt: skip
    undecided = TaskFactory.create(
        build=live, key="plan-2", kind="plan", title="Plan the reminders", state=TaskState.WAITING, epoch=1,
        attempts=1, wait_reason=RECOVERY, next_run_at=utcnow() + dt.timedelta(seconds=50), started_at=utcnow(),
        last_error="The plan names a table that does not exist.", error_kind="work",
    )  # fmt: skip
    asked = TaskFactory.create(
        build=live, key="validate", kind="validate", title="Check the loans", state=TaskState.WAITING, epoch=4,
        attempts=4, wait_reason=PERSON, next_run_at=utcnow() + dt.timedelta(hours=20), started_at=utcnow(),
        last_error="A sixth loan is accepted.", error_kind="work",
    )  # fmt: skip
    degraded = TaskFactory.create(
        build=live, key="docs", kind="document", title="Write the manual", state=TaskState.DEGRADED, epoch=3,
        critical=False, result={"degraded": ["The manual has no pictures."]}, finished_at=utcnow(),
    )  # fmt: skip
    quarantined = TaskFactory.create(
        build=ended, key="implement", kind="implement", title="Write the invoices", state=TaskState.QUARANTINED,
        epoch=6, crashes=3, error_kind="worker_lost", last_error="Its worker was lost three times.",
        params={"goal": "invoices", "retries": 2},
    )  # fmt: skip
    failed = TaskFactory.create(
        build=ended, key="deliver", kind="deliver", title="Deliver", state=TaskState.FAILED, epoch=5, attempts=5,
        error_kind="work", last_error="The smoke test <finds> no server. All 5 attempts failed.",
    )  # fmt: skip
    decisions = _decisions(waiting, asked, degraded, failed)
    for epoch in (1, 3, 5):
        attempt_of(quarantined, epoch, outcome=AttemptOutcome.LOST, error="The worker was gone.", age_s=900 - epoch)
    OutputFile(quarantined.pk, 5).append("compiling…\nout of memory in <module>\n")
    attempt_of(undecided, 1, error_kind="work", error="The plan names a table that does not exist.")
    request = HumanRequestFactory.create(
        task=asked, reason=RequestReason.LOGIC_ERROR,
        question="“Check the loans” fails by its own logic, and no strategy repaired it: A sixth loan is accepted. "
        "How should it go on?",
        evidence={
            "failures": [{"epoch": 4, "kind": "work", "message": "A sixth loan is accepted.", "provider": "claude",
                          "at": utcnow().isoformat()}],
            "attempts": 4, "crashes": 0, "owners": ["build-host/4711"], "tail": "E assert 201 == 409\n",
            "tried": [{"strategy": "retry_with_different_agent", "state": "relapsed", "params": {"avoid": ["gpt"]}}],
            "commit": "c" * 40,
        },
        options=["retry", "alternative_approach", "skip_with_fallback", "give_up"],
    )  # fmt: skip
    fix = KnownFixFactory.create(workspace=workspace, evidence=decisions[0])
    StrategyRecord.objects.create(
        workspace=workspace, failure_kind="timeout", task_kind="implement", good=3.2, bad=0.8, uses=4,
        strategy=Strategy.RETRY_WITH_DIFFERENT_AGENT, updated_at=utcnow(),
    )  # fmt: skip
    return Storm(
        live=live, ended=ended, waiting=waiting, undecided=undecided, asked=asked, degraded=degraded,
        quarantined=quarantined, failed=failed, request=request, decisions=decisions, fix=fix,
    )  # fmt: skip


def _decisions(waiting: Task, asked: Task, degraded: Task, failed: Task) -> tuple[RecoveryAttempt, ...]:
    attempt_of(waiting, 1, error_kind="timeout", error="No answer within 60 s.", provider="gpt", age_s=700)
    first = RecoveryAttemptFactory.create(
        task=waiting, epoch=1, strategy=Strategy.RETRY_WITH_DIFFERENT_AGENT, source=Source.LEARNED, confidence=0.86,
        state=RecoveryState.RELAPSED, provider="gpt", params={"avoid": ["gpt"]}, ended_at=utcnow(),
        reasons=["It worked in 4 of 5 such failures.", "claude can be asked now."], outcome="It failed again: quota.",
        alternatives=[
            {"strategy": "retry_with_delay", "source": "hierarchy", "confidence": 0.5, "reasons": [], "params": {},
             "why_not": "Another provider is tried before a wait."},
            {"strategy": "decompose_into_subtasks", "source": "hierarchy", "confidence": 0.2, "reasons": [],
             "params": {}, "why_not": "This kind of task cannot be divided."},
        ],
        inputs={"failure_kind": "timeout", "attempts": 1, "providers": ["claude", "gpt"],
                "changed": ["httpx 0.27 → 0.28"]},
    )  # fmt: skip
    attempt_of(
        waiting, 2, error_kind="quota", error="429: usage limit reached", provider="claude", age_s=300,
        outcome=AttemptOutcome.WAITING,
    )  # fmt: skip
    second = RecoveryAttemptFactory.create(
        task=waiting, epoch=2, number=2, failure_kind="quota", provider="claude", delay_s=240.0,
        reasons=["claude serves again then."], inputs={"failure_kind": "quota", "waits": 1}, params={"delay_s": 240.0},
    )  # fmt: skip
    attempt_of(asked, 4, error_kind="work", error="A sixth loan is accepted.", provider="claude")
    third = RecoveryAttemptFactory.create(
        task=asked, epoch=4, number=4, strategy=Strategy.ASK_A_PERSON, source=Source.HIERARCHY, rung=5,
        failure_kind="work", origin=Origin.BATCH, confidence=0.4, reasons=["Every other strategy was tried."],
    )  # fmt: skip
    attempt_of(degraded, 2, error_kind="unavailable", error="503", provider="claude")
    fourth = RecoveryAttemptFactory.create(
        task=degraded, epoch=2, strategy=Strategy.SKIP_WITH_FALLBACK, percent=80, rung=4, failure_kind="unavailable",
        state=RecoveryState.RECOVERED, was_recovered_at=utcnow(), ended_at=utcnow(), outcome="Done, at 80 %.",
        params={"percent": 80}, failed_at=utcnow() - dt.timedelta(seconds=12),
    )  # fmt: skip
    attempt_of(failed, 5, error_kind="work", error="The smoke test <finds> no server.")
    fifth = RecoveryAttemptFactory.create(
        task=failed, epoch=5, number=5, strategy=Strategy.GIVE_UP, state=RecoveryState.EXHAUSTED, failure_kind="work",
        ended_at=utcnow(), outcome="Recovery gave up.",
    )  # fmt: skip
    return first, second, third, fourth, fifth
