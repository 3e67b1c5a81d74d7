"""Plug-in programs in the real engine: the ledger, circuits, budgets, quality, and what a workspace sees of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from autodev.contracts.job import Job
from autodev.lib import aio, failpoints
from projects.checks.types import Rung
from projects.engine import hooks
from projects.engine.revoke import revoke_lost
from projects.models import Task
from projects.services.steering import message_send
from projects.states import TaskState
from providers import registry
from providers.available import models_there
from providers.failures.kinds import FailureKind
from providers.failures.signal import CallFailed
from providers.kinds import agents
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.kinds.probing import NotHere, ProgramProbe, probed
from providers.live import process
from providers.models import Breaker, Call, Chain, Provider
from providers.models.money import BudgetScope
from providers.routing import wiring
from providers.services.budgets import spent_before
from providers.services.checking import provider_check
from providers.states import BreakerState, CallOutcome, CallPurpose
from providers.status import NO_PROGRAM, statuses
from tests.pipeline.conftest import Pipeline, pipeline, short_ladder
from tests.pipeline.scripted import Waiting
from tests.switching.desk import Kind, both, fails, writes
from tests.switching.plugged import Plug, plug
from tests.switching.test_order import program

__all__ = ["pipeline", "plug", "short_ladder"]
pytestmark = pytest.mark.feature("F2.11", "F2.2")
SONG = {"path": "probe/song.py", "text": 'NOTES = "la"\n'}


@pytest.fixture
def build(
    transactional_db: None, pipeline: Pipeline, short_ladder: list[Rung], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Waiting]:
    monkeypatch.setattr(failpoints, "_faults", {})
    monkeypatch.setattr(hooks, "_hook", lambda failure: None)
    pipeline.__class__ = Waiting
    assert isinstance(pipeline, Waiting)
    pipeline.extending(short_ladder)
    yield pipeline
    process.stop()
    wiring.forget()


def programs(build: Waiting, *names: str, **document: object) -> None:
    workspace = build.build.workspace
    for name in names:
        Provider.objects.create(workspace=workspace, name=name, kind=name, document=document)
    Chain.objects.create(
        workspace=workspace, task_kind="implement", strategy="primary_secondary", providers=list(names)
    )


def runs(build: Waiting) -> list[Call]:
    return list(Call.objects.filter(build_id=build.build.pk, purpose=CallPurpose.AGENT).order_by("started_at", "pk"))


def test_a_persons_message_outlives_the_worker_that_took_it_and_declined(
    build: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    async def takes_and_declines(job: Job) -> None:
        heard.extend(one.text for one in await job.ports.steer.messages())
        raise NotForThisJob("no model can be asked")

    async def listens(job: Job) -> None:
        heard.append(job.guidance.told)
        heard.extend(one.text for one in await job.ports.steer.messages())
        await writes(SONG["text"], SONG["path"])(job)

    monkeypatch.setattr(registry, "kinds", lambda: (Kind("first", takes_and_declines), Kind("second", listens)))
    message_send(build=build.build, user=None, text="Make it blue")
    task = build.step("extend")
    assert task.result["kept"], task.last_error
    assert heard == ["Make it blue", "People said meanwhile, which holds:\n- A person: Make it blue"]


def test_a_run_is_a_row_a_sample_and_a_judgement(build: Waiting, plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "kinds", tuple)
    good = Kind("good", writes(SONG["text"], SONG["path"]))
    plug(Kind("bad", both(writes("HALF = 1\n", "probe/half.py"), fails("framework_error", "it broke"))), good)
    programs(build, "bad", "good")
    task = build.step("extend")
    assert (task.state, task.result["provider"]) == (TaskState.SUCCEEDED, "good")
    first, second = runs(build)
    assert (first.provider_name, first.outcome, first.failure_kind) == ("bad", CallOutcome.FAILED, "framework_error")
    assert (second.provider_name, second.outcome, second.work_passed) == ("good", CallOutcome.SUCCEEDED, True)
    assert {call.cost_usd for call in (first, second)} == {Decimal(0)}
    assert first.decision is not None
    assert second.decision is not None
    assert (second.decision.chosen, second.decision.previous, second.decision.trigger) == (
        "good", "bad", "framework_error",
    )  # fmt: skip
    assert second.decision.reason == "bad left: it broke"
    assert [one["name"] for one in second.decision.candidates] == ["bad", "good"]
    # A run is no call that a budget pays for, and its program has health of its own.
    assert spent_before(build.build.workspace, BudgetScope.WORKSPACE, build.build.workspace_id) == (Decimal(0), 0)
    process.live().flush()
    view = process.live().load_now(build.build.workspace_id)
    assert view.circuit("bad").samples == view.circuit("good").samples == 1
    assert view.circuit("bad").metrics is not None


@pytest.mark.feature("F2.5", "F3.6")
def test_a_worker_that_has_lost_its_task_says_nothing_about_quality(
    build: Waiting, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease runs out while the checks run; the figures are those of who has the task then."""
    monkeypatch.setattr(registry, "kinds", tuple)
    plug(Kind("good", writes(SONG["text"], SONG["path"])))
    programs(build, "good")

    def too_late(*_: object) -> str:
        assert revoke_lost(Task.objects.get(build=build.build, key="extend"), expired_only=False)
        return ""

    monkeypatch.setattr("projects.pipeline.extend._worse", too_late)
    task = build.step("extend")
    assert task.state == TaskState.READY
    (run,) = runs(build)
    assert (run.outcome, run.work_passed) == (CallOutcome.SUCCEEDED, None)
    assert not Breaker.objects.filter(health__quality_samples__gt=0).exists()


def test_a_program_that_keeps_breaking_is_left_and_the_task_waits_for_it(
    build: Waiting, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is nobody's last hope: its circuit opens, and what waits is told until when."""
    monkeypatch.setattr(registry, "kinds", tuple)
    plug(Kind("bad", *[fails("authentication", "bad token")] * 3))
    programs(build, "bad")
    task = build.failed("extend")
    assert task.error_kind == "authentication"
    process.live().flush()
    assert Breaker.objects.get(provider__name="bad").state == BreakerState.OPEN
    task = build.again(task)
    assert (task.error_kind, task.state) == ("unavailable", TaskState.WAITING)
    assert "bad: open: " in task.last_error
    assert len(runs(build)) == 1


def test_what_a_run_may_spend_is_less_by_what_was_spent_before_it(
    build: Waiting, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Switched on a budget: the next one has what is left of the job's, its own limit at most."""
    monkeypatch.setattr(registry, "kinds", tuple)
    build.build.budget_usd = Decimal(2)
    build.build.save()

    def paid(task_id: str) -> None:
        Call.objects.create(
            workspace=build.build.workspace, request_id=build.build.pk, provider_name="a", task_id=task_id,
            state="settled", outcome=CallOutcome.SUCCEEDED, cost_usd=Decimal("0.5"),
        )  # fmt: skip

    async def pays(job: Job) -> None:
        await aio.in_caller(lambda: paid(job.task_id))

    first = Kind("first", both(pays, fails("budget", "its budget is used up")))
    second = Kind("second", writes(SONG["text"], SONG["path"]))
    plug(first, second)
    programs(build, "first", "second")
    Provider.objects.filter(name="first").update(document={"params": {"max_budget_usd": 0.4}})
    assert build.step("extend").result["provider"] == "second"
    assert first.jobs[0].budget_usd == Decimal("0.4")
    assert second.jobs[0].budget_usd == Decimal("1.5")


def test_programs_are_no_models_and_show_what_they_are(
    build: Waiting, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, away = Kind("there"), Kind("away", missing="awayd is not installed")
    plug(there, away)
    programs(build, "there", "away")
    workspace = build.build.workspace
    assert not models_there(workspace.pk)
    shown = {one.name: (one.state, one.sentence) for one in statuses(workspace.pk)}
    assert shown["there"] == ("closed", "It was not asked yet.")
    assert shown["away"] == (NO_PROGRAM, "It is passed over: awayd is not installed.")
    checked = provider_check(workspace=workspace, name="there")
    assert (checked.ok, checked.version) == (True, "there 1.2.3")
    assert provider_check(workspace=workspace, name="away").note == "awayd is not installed"


async def test_an_open_circuit_is_probed_by_the_program_s_start(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Kind("there")
    plug(there, Kind("away", missing="not here"))
    probe = probed("there")
    await probe.probe(program("p"), None)

    async def broken() -> str:
        raise ProviderFailure(str(FailureKind.FRAMEWORK_ERROR), "it does not start")

    monkeypatch.setattr(there, "version", broken)
    with pytest.raises(CallFailed, match="does not start"):
        await probe.probe(program("p"), None)
    assert isinstance(probe, ProgramProbe)
    with pytest.raises(NotHere):
        probed("away")


def test_a_broken_plug_in_is_told_of_and_breaks_nobody(plug: Plug) -> None:
    class Odd(Kind):
        def missing(self) -> str:
            raise RuntimeError("a bug")

    plug(Odd("odd"))
    assert agents.why_not("odd", "repair") == "odd does not load: RuntimeError: a bug"
    with pytest.raises(agents.UnknownAgentKind, match="there are claude_agent, odd, opencode"):
        agents.agent_kind("nobody")
