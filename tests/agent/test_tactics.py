"""Circles are noticed, each tactic does what it says, and where none is left the work ends with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autodev.contracts.contexts import Problem, RepairContext
from autodev.contracts.job import JobKind
from projects.checks.types import LadderReport
from providers.kinds.agent import AgentKind
from providers.kinds.base import ProviderFailure
from tests.agent.conftest import GREEN, RED, Desk, calls
from tests.agent.jobs import DONE, EXTEND, REPAIR, SPEC, read, write
from tests.routing.fakes import Say

pytestmark = pytest.mark.feature("F2.11")
TWO = RepairContext(
    spec=SPEC, blueprint="fastapi-service",
    problems=[Problem(check="tests", message="one fails"), Problem(check="lint", message="unused")],
)  # fmt: skip


def tactics(desk: Desk) -> list[str]:
    return [desk.journal.answered[key]["tactic"] for key, _ in desk.journal.of_kind("tactic")]


async def test_a_loop_is_caught_in_three_rounds_and_ends_with_all_tactics_tried(desk: Desk) -> None:
    for name in "ab":
        desk.models.always(name, calls(read("app.py")))
    with pytest.raises(ProviderFailure, match="It goes in circles: The same step was made 2 times") as failed:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert tactics(desk) == ["smaller", "other_model", "fresh", ""]
    assert desk.models.names() == ["a"] * 5 + ["b"] * 4
    assert failed.value.kind == "code_error"
    assert failed.value.provider == "b"
    assert failed.value.details["stuck"]["refused"]["back_to_green"] == "it is not possible here"
    first = str(desk.models.requests[3].messages[-1]["content"])
    assert "The same step was made 3 times" in first
    assert first.endswith("The shop greets")


async def test_the_same_failure_over_and_over_goes_back_to_the_best_files(desk: Desk) -> None:
    desk.here.live.targets[:] = desk.here.live.targets[:1]
    desk.reports = [RED, RED, RED]
    edits = [calls(write("app.py", f"{n}\n"), ("run_checks", {})) for n in range(3)]
    desk.models.say("a", *edits, calls(write("fine.py")), calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.REPAIR, REPAIR))
    assert tactics(desk) == ["back_to_green"]
    # No measured state is better than the first one, so that all of it goes.
    assert desk.workspace.restored == ["base"]
    assert desk.workspace.files["app.py"] == b"print('hello')\n"
    assert result.answer.paths == ("fine.py",)
    assert "put back to the best state" in str(desk.models.requests[3].messages[-1]["content"])
    (title,) = [title for _, title in desk.journal.of_kind("tactic")]
    assert title.startswith("The checks failed in the same way 3 times: lint app.py F401: unused import Next: back to")


async def test_what_was_better_than_the_first_is_kept(desk: Desk) -> None:
    desk.here.live.targets[:] = desk.here.live.targets[:1]
    worse = LadderReport(rungs=(replace(RED.rungs[0], findings=RED.rungs[0].findings * 2),), required=RED.required)
    desk.reports = [worse, RED, RED, RED]
    desk.models.say("a", *[calls(write("app.py", f"{n}\n"), ("run_checks", {})) for n in range(4)], calls(DONE))
    await AgentKind().perform(desk.job(JobKind.REPAIR, REPAIR))
    assert desk.workspace.restored == ["commit-2"]
    assert desk.workspace.files["app.py"] == b"1\n"


async def test_a_fresh_conversation_knows_what_was_done(desk: Desk) -> None:
    desk.here.live.targets[:] = desk.here.live.targets[:1]
    desk.models.say("a", *[calls(read("app.py"), text="I read it.")] * 3, calls(write("x.py")), calls(DONE))
    await AgentKind().perform(desk.job(JobKind.REPAIR, REPAIR))
    assert tactics(desk) == ["fresh"]
    system, task, digest, told = desk.models.requests[3].messages
    assert (system["role"], task["role"]) == ("system", "user")
    assert "read_file app.py → print('hello')" in digest["content"]
    assert "Do something else" in told["content"]


async def test_smaller_takes_the_first_finding(desk: Desk) -> None:
    desk.reports = [RED] * 3
    desk.models.say("a", *[calls(write("app.py", f"{n}\n"), ("run_checks", {})) for n in range(3)], calls(DONE))
    await AgentKind().perform(desk.job(JobKind.REPAIR, TWO))
    assert tactics(desk) == ["smaller"]
    assert str(desk.models.requests[3].messages[-1]["content"]).endswith("lint app.py F401: unused import")


async def test_who_makes_progress_is_left_alone(desk: Desk) -> None:
    desk.models.say("a", *[calls(write(f"{n}.py"), ("run_command", {"argv": ["x", str(n)]})) for n in range(12)])
    desk.models.always("a", calls(DONE))
    desk.report = GREEN
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert tactics(desk) == []
    assert len(result.answer.paths) == 12


async def test_words_that_are_no_call_in_circles_end_by_claims(desk: Desk) -> None:
    desk.models.always("a", Say(text="I will do it now."))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert len(desk.models.calls) == 2
    assert result.answer.paths == ()
