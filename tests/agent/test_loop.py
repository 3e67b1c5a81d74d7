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
from providers.kinds.agent.tools import Toolbox
from providers.kinds.base import NotForThisJob, ProviderFailure
from tests.agent.conftest import Desk, calls
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
    desk.models.say(
        "a",
        calls(("list_files", {}), ("read_file", {"path": "app.py"}), text="I look first."),
        calls(("edit_file", {"path": "app.py", "old": "hello", "new": "welcome"})),
        calls(("write_file", {"path": "tests/test_app.py", "content": "def test(): ...\n"}), ("run_checks", {})),
        calls(DONE),
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
    assert len(desk.workspace.snapshots) == 2
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


async def test_the_same_call_over_and_over_is_refused_and_turns_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_loop, "MAX_TURNS", 6)
    desk.models.always("a", calls(("run_command", {"argv": ["pytest"]})))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert desk.workspace.ran == [["pytest"]] * 3
    assert "this very call" in conversation(desk)[-1]["content"]
    assert result.left_open == ("The agent's turns were used up.",)


@pytest.mark.parametrize(
    ("name", "values", "answer"),
    [
        ("read_file", {"path": "nothing.py"}, "error: no file nothing.py"),
        ("read_file", {}, "error: the argument 'path' is missing"),
        ("read_file", {"path": "README.md", "first_line": 2}, ""),
        ("write_file", {"path": "/etc/passwd", "content": "x"}, "error: /etc/passwd leaves the project"),
        ("edit_file", {"path": "app.py", "old": "absent", "new": "x"}, "error: `old` stands 0 times in app.py"),
        ("delete_file", {"path": "README.md"}, "deleted"),
        ("run_command", {"argv": ["ls"]}, "exit code 3\nout\nerr"),
        ("fly", {}, "error: there is no tool 'fly'"),
    ],
)
async def test_a_tool_answers_with_what_is_wrong(desk: Desk, name: str, values: dict[str, Any], answer: str) -> None:
    desk.models.say("a", calls((name, values)), calls(DONE))
    await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert conversation(desk)[-1]["content"].startswith(answer)


async def test_arguments_that_are_no_json(desk: Desk) -> None:
    box = Toolbox(desk.job(JobKind.IMPLEMENT, EXTEND).ports)
    assert (await box.use("read_file", "{")).startswith("error: the arguments are not JSON")
    assert await box.use("read_file", "[1]") == "error: the arguments must be an object"


async def test_old_long_answers_are_left_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_loop, "HISTORY_LIMIT", 1000)
    desk.workspace.files["long.txt"] = b"x" * 900
    reads = [calls(("read_file", {"path": "long.txt", "first_line": 1, "last_line": n})) for n in range(1, 10)]
    desk.models.say("a", *reads, calls(DONE))
    await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    contents = [m["content"] for m in conversation(desk) if m["role"] == "tool"]
    assert contents[0] == agent_loop.CUT
    assert contents[-1] == "x" * 900


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
