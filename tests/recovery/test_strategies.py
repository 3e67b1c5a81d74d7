"""Each strategy from the failure to the task that runs again: the real engine, scripted handlers and remedies."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from pytest_django import Settings

from autodev.events.models import Event
from autodev.lib.clock import shifted
from projects.engine import alone
from projects.engine.outcome import NewTask, Succeeded, WorkFailed
from projects.engine.sweep import sweep
from projects.models import Build, Step, Task
from projects.remedies import Approach
from projects.states import BuildState, Phase, TaskState
from recovery.apply import Order, apply
from recovery.gather import situation_of
from recovery.guide import failed_way, first_line, guided
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.situation import Option, Verdict
from recovery.states import Origin, RecoveryState, RequestReason, RequestState, Source, Strategy
from tests.factories.projects import TaskFactory
from tests.recovery.conftest import KIND, Offered, Script, run_one

pytestmark = pytest.mark.feature("F3.2")


def verdict(strategy: Strategy, *, request: RequestReason | None = None, **params: Any) -> Verdict:
    chosen = Option(strategy=strategy, source=Source.LEARNED, confidence=0.8, reasons=("It helped.",), params=params)
    return Verdict(chosen=chosen, rung=1, request=request)


def decided(task: Task, what: Verdict) -> RecoveryAttempt:
    """The task's failure decided so."""
    task.refresh_from_db()
    row = apply(Order(task=task, situation=situation_of(task), verdict=what, origin=Origin.BATCH))
    assert row is not None
    return row


def failed(task: Task, script: Script, *, kind: str = "work", **more: Any) -> None:
    script.ends.setdefault(task.key, []).insert(0, WorkFailed("3 tests failed.", kind=kind, **more))
    run_one()


def told(task: Task) -> dict[str, Any]:
    task.refresh_from_db()
    found: dict[str, Any] = task.params["recovery"]
    return found


def test_a_different_agent_runs_at_once_and_knows_whom_to_avoid(task: Task, script: Script) -> None:
    failed(task, script, provider="claude")
    row = decided(task, verdict(Strategy.RETRY_WITH_DIFFERENT_AGENT, avoid=["claude"]))
    assert told(task)["avoid"] == ["claude"]
    assert (task.state, task.wait_reason, row.provider) == (TaskState.READY, "", "claude")
    assert run_one() is not None
    assert script.seen[-1]["recovery"]["strategy"] == "retry_with_different_agent"


def test_whoever_wants_no_fallback_wants_the_whole() -> None:
    fallback = verdict(Strategy.SKIP_WITH_FALLBACK, percent=60).chosen
    params = guided({}, fallback)
    assert params["recovery"]["percent"] == 60
    assert guided(params, verdict(Strategy.RETRY_WITH_DELAY).chosen)["recovery"]["percent"] == 100


def test_a_delay_survives_a_restart_and_goes_on_by_itself(task: Task, script: Script) -> None:
    failed(task, script)
    row = decided(task, verdict(Strategy.RETRY_WITH_DELAY, delay_s=240.0))
    assert row.delay_s == 240.0
    with shifted(230):
        assert sweep().woken == 0
    with shifted(250):
        assert sweep().woken == 1
        done = run_one()
    assert done is not None
    assert done.state == TaskState.SUCCEEDED


@pytest.mark.feature("F3.10")
def test_a_wait_for_a_provider_says_for_whom(task: Task, script: Script) -> None:
    failed(task, script, kind="quota", outside=True, provider="claude")
    row = RecoveryAttempt.objects.get()
    task.refresh_from_db()
    assert row.strategy == Strategy.RETRY_WITH_DELAY
    assert task.wait_reason.startswith("Waits for a provider (claude): ")
    assert (task.attempts, task.waits) == (0, 1)


def test_parts_replace_the_task_and_its_dependents_need_them(task: Task, script: Script, offered: Offered) -> None:
    after = TaskFactory.create(build=task.build, key="after", kind=KIND, state=TaskState.PENDING)
    after.needs.create(needs=task)
    offered.parts_ = [
        NewTask(key="one", kind=KIND, phase=Phase.IMPLEMENT, title="One"),
        NewTask(key="two", kind=KIND, phase=Phase.IMPLEMENT, title="Two", needs=["one"], params={"half": 2}),
    ]
    failed(task, script)
    row = decided(task, verdict(Strategy.DECOMPOSE_INTO_SUBTASKS, depth=1, avoid=["claude"]))
    task.refresh_from_db()
    assert task.state == TaskState.SUPERSEDED
    first, second = Task.objects.filter(parent=task).order_by("key")
    assert (first.key, second.key) == ("only.e1.1", "only.e1.2")
    assert second.params["half"] == 2
    assert told(second) | {"depth": 1, "avoid": ["claude"], "strategy": "decompose_into_subtasks"} == told(second)
    assert list(after.needs.values_list("needs__key", flat=True)) == ["only.e1.2"]
    sweep()
    row.refresh_from_db()
    assert row.state == RecoveryState.APPLIED
    assert [one.key for one in (run_one(), run_one()) if one is not None] == ["only.e1.1", "only.e1.2"]
    sweep()
    row.refresh_from_db()
    assert (row.state, row.outcome) == (RecoveryState.RECOVERED, "Its parts are done.")


def test_another_approach_forbids_the_one_that_failed(task: Task, script: Script, offered: Offered) -> None:
    offered.approaches_ = [Approach(name="small", told="Write small modules", params={"style": "small"})]
    failed(task, script)
    decided(task, verdict(Strategy.ALTERNATIVE_APPROACH, approach="small"))
    guidance = told(task)
    assert guidance["approach"] == {"style": "small", "name": "small", "told": "Write small modules"}
    assert guidance["forbidden"] == ["the way it was done first (3 tests failed.)"]
    assert task.state == TaskState.READY
    script.ends["only"] = [WorkFailed("A module is too small.", kind="work")]
    run_one()
    offered.approaches_ = [Approach(name="large", told="Write one module")]
    decided(task, verdict(Strategy.ALTERNATIVE_APPROACH, approach="large"))
    assert told(task)["forbidden"][1] == "Write small modules (A module is too small.)"


def test_an_approach_that_parts_earlier_begins_there_again(task: Task, script: Script, offered: Offered) -> None:
    before = TaskFactory.create(build=task.build, key="research", kind=KIND, state=TaskState.SUCCEEDED)
    task.needs.create(needs=before)
    offered.approaches_ = [Approach(name="cli", told="Make a program", params={"blueprint": "cli"}, restart="research")]
    failed(task, script)
    decided(task, verdict(Strategy.ALTERNATIVE_APPROACH, approach="cli"))
    assert told(before)["approach"]["blueprint"] == "cli"
    assert (before.state, told(task)["approach"]["name"]) == (TaskState.READY, "cli")
    assert (task.state, task.attempts) == (TaskState.PENDING, 1)


@pytest.mark.feature("F3.4")
def test_a_fallback_is_asked_for_by_its_size_and_ends_degraded(task: Task, script: Script, offered: Offered) -> None:
    offered.fallbacks_ = (80, 60)
    failed(task, script)
    row = decided(task, verdict(Strategy.SKIP_WITH_FALLBACK, percent=80))
    assert (row.percent, told(task)["percent"]) == (80, 80)
    script.ends["only"] = [Succeeded(degraded=["The export was left out."], merge=False)]
    done = run_one()
    assert done is not None
    assert done.state == TaskState.DEGRADED
    sweep()
    row.refresh_from_db()
    assert (row.state, row.outcome) == (
        RecoveryState.RECOVERED, "The task is done in part; it says what was left out.",
    )  # fmt: skip
    task.build.workspace.refresh_from_db()
    assert task.build.workspace.state == "degraded_mode"


def test_the_context_is_rebuilt_with_a_summary(task: Task, script: Script) -> None:
    failed(task, script)
    Step.objects.create(task=task, key="a", title="Wrote the models", epoch=1, output=1)
    decided(task, verdict(Strategy.CONTEXT_RECONSTRUCTION))
    summary = told(task)["summary"]
    assert "Wrote the models" in summary
    assert "An attempt ended with: 3 tests failed." in summary
    assert (task.state, task.base, task.head) == (TaskState.READY, "", "")
    assert Step.objects.get(task=task, title="Wrote the models").undone


@pytest.mark.feature("F3.4")
def test_a_person_is_asked_with_everything_and_the_rest_goes_on(task: Task, script: Script) -> None:
    failed(task, script, provider="claude")
    row = decided(task, verdict(Strategy.ASK_A_PERSON, request=RequestReason.DATA_CORRUPTION))
    task.refresh_from_db()
    assert (task.state, task.wait_reason, row.state) == (TaskState.WAITING, "person", RecoveryState.APPLIED)
    request = HumanRequest.objects.get()
    assert request.question == "The data of “The work” does not agree: 3 tests failed. How should it go on?"
    failure = request.evidence["failures"][0]
    assert (failure["message"], failure["provider"]) == ("3 tests failed.", "claude")
    assert request.evidence["owners"] == ["worker-a"]
    assert Build.objects.get().state == BuildState.RUNNING


@pytest.mark.parametrize("how", ["nobody waits", "a caller waits", "the build can do without"])
def test_where_nobody_can_answer_the_task_ends_and_the_question_stays(
    task: Task, script: Script, settings: Settings, how: str
) -> None:
    if how == "nobody waits":
        settings.RECOVERY_PERSON_WAIT_SECONDS = 0
    elif how == "a caller waits":
        alone.begin(task.build_id)
    else:
        Task.objects.filter(pk=task.pk).update(critical=False)
    failed(task, script)
    row = decided(task, verdict(Strategy.ASK_A_PERSON, request=RequestReason.LOGIC_ERROR))
    alone.end(task.build_id)
    task.refresh_from_db()
    assert (task.state, row.state) == (TaskState.FAILED, RecoveryState.EXHAUSTED)
    assert HumanRequest.objects.get().state == RequestState.OPEN
    sweep()
    assert HumanRequest.objects.get().state == RequestState.OPEN


def test_giving_up_ends_the_task_and_says_why(task: Task, script: Script) -> None:
    failed(task, script)
    row = decided(task, verdict(Strategy.GIVE_UP))
    assert (row.state, row.outcome) == (RecoveryState.EXHAUSTED, "Recovery gave up.")
    assert row.ended_at is not None
    task.refresh_from_db()
    assert task.state == TaskState.FAILED
    assert Event.objects.filter(type="task.failed", payload__reason="It helped.").exists()


def test_what_the_engine_refuses_is_chosen_again_without_it(task: Task, script: Script, offered: Offered) -> None:
    from recovery.deciding import decide, without
    from recovery.numbers import Chooser, chooser_for

    offered.parts_ = [NewTask(key=key, kind=KIND, phase=Phase.IMPLEMENT, title=key, needs=["lost"]) for key in "ab"]
    failed(task, script)
    task.refresh_from_db()
    situation = dataclasses.replace(situation_of(task), approaches=("gone",))
    chosen = [verdict(Strategy.DECOMPOSE_INTO_SUBTASKS), verdict(Strategy.ALTERNATIVE_APPROACH, approach="gone")]
    seen = []

    class Scripted(Chooser):
        def choose(self, situation: Any, opinion: Any = None) -> Verdict:
            seen.append((situation.parts, situation.approaches))
            return chosen.pop(0) if chosen else verdict(Strategy.RETRY_WITH_DELAY, delay_s=1.0)

    made = Scripted(**vars(chooser_for(task.build)))
    row = decide(task, situation, made, origin=Origin.BATCH)
    assert row is not None
    assert row.strategy == Strategy.RETRY_WITH_DELAY
    assert seen == [(2, ("gone",)), (0, ("gone",)), (0, ())]
    assert without(situation, row_option()) == situation


def row_option() -> Option:
    return verdict(Strategy.RETRY_WITH_DELAY).chosen


def test_words() -> None:
    assert first_line("\n  one\ntwo") == "one"
    assert first_line("x" * 400) == "x" * 299 + "…"
    option = verdict(Strategy.RETRY_WITH_DELAY).chosen
    assert guided({"a": 1}, option, note="Mind the gap")["recovery"]["note"] == "Mind the gap"
    from projects.guidance import Guidance

    assert failed_way(Guidance(approach={"name": "cli"}), "") == "cli"
