"""The agent's loop: tools, journal, ends."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from autodev.contracts.contexts import ExtendContext, Problem, RepairContext
from autodev.contracts.job import ChangeSummary, JobKind
from autodev.contracts.ports import Cancelled
from autodev.spec.rules import analyse
from providers.failures.kinds import FailureKind
from providers.kinds.agent import AgentKind
from providers.kinds.base import NotForThisJob, ProviderFailure
from tests.agent.conftest import GREEN, RED, Desk, calls
from tests.routing.fakes import Break, Say

pytestmark = pytest.mark.feature("F2.1")
SPEC = analyse("Create a REST API for a todo app with authentication", constraints={}, preferences={})
EXTEND = ExtendContext(
    spec=SPEC, blueprint="fastapi-service", open_requirements=["The shop greets"], commands=[["pytest", "-q"]]
)
DONE = ("finish", {"summary": "It greets.", "left_open": ["no translation"]})


def conversation(desk: Desk, at: int = -1) -> list[Any]:
    return list(desk.models.requests[at].messages)


async def test_a_project_is_extended_by_tools(desk: Desk) -> None:
    desk.reports = [RED, GREEN]
    desk.models.say(
        "a",
        calls(("list_files", {}), ("read_file", {"path": "app.py"}), text="I look first."),
        calls(("edit_file", {"path": "app.py", "old": "hello", "new": "welcome"})),
        calls(("write_file", {"path": "tests/test_app.py", "content": "def test(): ...\n"}), ("run_checks", {})),
        calls(("write_file", {"path": "tests/test_app.py", "content": "def test(): pass\n"}), DONE),
    )
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert desk.workspace.files["app.py"] == b"print('welcome')\n"
    assert isinstance(result.answer, ChangeSummary)
    assert result.answer.paths == ("app.py", "tests/test_app.py")
    assert result.answer.notes == ("It greets.",)
    assert result.left_open == ("no translation",)
    assert (result.provider, result.emergency) == ("a", False)
    assert result.usage.input_tokens == 40
    assert result.usage.cost_usd > 0
    assert len(desk.workspace.snapshots) == 3
    assert "I look first." in desk.said
    first = conversation(desk, 0)
    assert "pytest -q" in first[0]["content"]
    assert "The shop greets" in first[1]["content"]
    answers = {m["tool_call_id"]: m["content"] for m in conversation(desk, 1) if m["role"] == "tool"}
    assert answers["c0"] == "README.md\napp.py"
    checked = conversation(desk, 3)[-1]["content"]
    assert "lint: failed" in checked
    assert "app.py:1: unused import" in checked


async def test_what_was_said_and_done_before_a_cut_is_not_repeated(desk: Desk) -> None:
    desk.models.say("a", calls(("write_file", {"path": "x.py", "content": "1"})))
    desk.models.always("a", Break(FailureKind.UNAVAILABLE))
    desk.models.always("b", Break(FailureKind.UNAVAILABLE))
    with pytest.raises(ProviderFailure) as error:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert error.value.kind == "unavailable"
    asked = len(desk.models.calls)
    desk.here.live.circuits.clear()
    desk.models.always("a", calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert len(desk.models.calls) == asked + 1
    assert result.answer.paths == ("x.py",)
    assert len(desk.workspace.snapshots) == 1


async def test_the_next_provider_goes_on_with_the_same_conversation(desk: Desk) -> None:
    desk.models.say("a", calls(("write_file", {"path": "x.py", "content": "1"})))
    desk.models.always("a", Break(FailureKind.AUTHENTICATION))
    desk.models.always("b", calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.provider == "b"
    assert [m["role"] for m in conversation(desk)] == ["system", "user", "assistant", "tool"]


async def test_words_without_a_call_end_the_work(desk: Desk) -> None:
    desk.models.always("a", Say(text="There is nothing to do."))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.answer.notes == ("There is nothing to do.",)
    assert result.answer.paths == ()
    # Once it is asked whether nothing was to be changed.
    assert len(desk.models.calls) == 2
    assert "no file was changed" in conversation(desk)[-1]["content"]


async def test_turns_end(desk: Desk, settings: Any) -> None:
    settings.AGENT_MAX_TURNS = 4
    names = iter(range(100))
    desk.models.always("a", lambda: calls(("write_file", {"path": f"{next(names)}.py", "content": "x"})))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert len(desk.models.calls) == 4
    assert result.left_open == ("The agent's turns were used up.",)
    assert result.answer.paths == ("0.py", "1.py", "2.py", "3.py")


async def test_problems_are_told(desk: Desk) -> None:
    desk.models.always("a", calls(DONE))
    problems = [Problem(check="tests", message="it fails", place="tests/test_app.py:3", hint="look at the total")]
    context = RepairContext(spec=SPEC, blueprint="fastapi-service", problems=problems)
    await AgentKind().perform(desk.job(JobKind.REPAIR, context))
    assert conversation(desk)[1]["content"] == (
        "The checks found:\n- tests at tests/test_app.py:3: it fails (hint: look at the total)"
    )


async def test_the_owner_s_word_stops_it(desk: Desk) -> None:
    desk.cancel.set()
    with pytest.raises(Cancelled):
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert not desk.models.calls


async def test_without_a_model_it_is_not_for_this_job(desk: Desk) -> None:
    desk.here.live.targets.clear()
    with pytest.raises(NotForThisJob):
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    with pytest.raises(NotForThisJob):
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND, workspace_id=None))
    with pytest.raises(NotForThisJob):
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, "something else"))


async def test_money_and_time_of_the_job_bound_it(desk: Desk) -> None:
    with pytest.raises(ProviderFailure) as spent:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND, budget_usd=Decimal(0)))
    assert spent.value.kind == "budget"
    late = dt.datetime.now(tz=dt.UTC) - dt.timedelta(seconds=1)
    with pytest.raises(ProviderFailure) as over:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND, deadline=late))
    assert over.value.kind == "timeout"
    desk.here.ledger.room = Decimal(0)
    with pytest.raises(ProviderFailure) as refused:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert refused.value.kind == "budget"
