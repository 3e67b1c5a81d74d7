""" "Done" is believed where the checks are green; a liar is caught in three rounds, and what is open is told."""

from __future__ import annotations

import pytest

from autodev.contracts.job import JobKind
from autodev.contracts.ports import Told
from providers.kinds.agent import AgentKind
from tests.agent.conftest import GREEN, RED, Desk, calls
from tests.agent.jobs import DONE, EXTEND, write
from tests.routing.fakes import Say

pytestmark = pytest.mark.feature("F1.18")


async def test_a_liar_is_caught_in_three_rounds(desk: Desk) -> None:
    desk.report = RED
    desk.models.say("a", calls(write("x.py"), DONE), *[Say(text="Everything is done, all green.")] * 9)
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert len(desk.models.calls) == 3
    # The files are as they were when the checks ran: they are not run again for the same words.
    assert desk.checked == 1
    assert result.left_open[-1] == "The checks are not green: lint app.py F401: unused import"
    told = str(desk.models.requests[-1].messages[-1]["content"])
    assert "round 2 of 3" in told
    assert "app.py:1: unused import" in told


async def test_who_repairs_what_was_found_is_believed(desk: Desk) -> None:
    desk.reports = [RED, GREEN]
    desk.models.say("a", calls(write("x.py"), DONE), calls(write("y.py")), calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.left_open == ("no translation",)
    assert desk.journal.of_kind("claim") == [
        ("implement:agent:claim:1", "It is not done: red checks"),
        ("implement:agent:claim:3", "It is done, and the checks are green"),
    ]


async def test_red_checks_of_the_same_files_are_told_again_and_not_run_again(desk: Desk) -> None:
    desk.report = RED
    desk.models.say("a", calls(write("x.py"), ("run_checks", {})), *[calls(DONE)] * 3)
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert desk.checked == 1
    assert "app.py:1: unused import" in str(desk.models.requests[2].messages[-1]["content"])
    assert result.left_open[-1].startswith("The checks are not green")


async def test_checks_that_are_green_already_are_not_run_again(desk: Desk) -> None:
    desk.models.say("a", calls(write("x.py"), ("run_checks", {})), calls(DONE))
    await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert desk.checked == 1


async def test_a_change_after_the_checks_makes_them_run_again(desk: Desk) -> None:
    desk.models.say("a", calls(write("x.py"), ("run_checks", {}), write("y.py")), calls(DONE))
    await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert desk.checked == 2


async def test_a_message_that_came_meanwhile_is_heard_before_the_end(desk: Desk) -> None:
    desk.steer.says = [[], [Told(id="1", text="And thank them.")]]
    desk.models.say("a", calls(write("x.py"), DONE), calls(write("y.py"), DONE))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.answer.paths == ("x.py", "y.py")
    assert str(desk.models.requests[1].messages[-1]["content"]).endswith("And thank them.")


async def test_one_text_for_what_is_left_open(desk: Desk) -> None:
    desk.models.say("a", calls(write("x.py")), calls(("finish", {"summary": "s", "left_open": "the tax"})))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.left_open == ("the tax",)
