"""What a worker is left for: an outage, going in circles, its budget; and who it is not left for."""

from __future__ import annotations

import pytest

from projects.states import TaskState
from providers.states import CallPurpose
from tests.developers import Developer, Run, Write, conversation_of, good, looping
from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.faults import Fault, fault
from tests.switching.scene import FIRST, ONE, SECOND, TWO, Scene, who

pytestmark = [pytest.mark.slow, pytest.mark.feature("F2.11")]


def test_an_outage_of_its_models_hands_the_work_over(scene: Scene) -> None:
    """The agent's model is away for it, again and again, behind its first step."""
    scene.chain("agent", "claude")
    plans = {"agent": [Write(FIRST, ONE), Write(SECOND, "no\n")], "claude": [Write(SECOND, TWO)]}
    scene.plays(plans, breaks="agent", broken=lambda: fault("overloaded"))
    task = scene.run()
    assert task.state == TaskState.SUCCEEDED, task.last_error
    assert (scene.files()[FIRST], scene.files()[SECOND]) == (ONE, TWO)
    (left,) = scene.steps("left")
    assert (left["worker"], left["failure"], left["outside"]) == ("agent", "overloaded", True)
    assert "agent worked on it and left (overloaded)" in scene.asked("claude")[0]


def test_one_that_goes_in_circles_is_left_for_the_next(scene: Scene) -> None:
    scene.chain("agent", "claude")
    developers = {
        "agent": Developer(looping(Write(FIRST, "WORD = 1\n"), Write(FIRST, "WORD = 2\n"))),
        "claude": Developer(good([Write(SECOND, TWO)], check=False)),
    }
    plain = Developer(good([]))
    scene.lab.answer(lambda asked: developers.get(who(asked), plain)(asked))
    task = scene.run()
    assert task.state == TaskState.SUCCEEDED, task.last_error
    (left,) = scene.steps("left")
    assert (left["worker"], left["failure"]) == ("agent", "code_error")
    assert "stuck" in left["details"]
    assert "It goes in circles" in scene.asked("claude")[0]
    assert scene.files()[SECOND] == TWO


def test_a_program_that_spent_what_it_may_is_left_for_our_agent(scene: Scene) -> None:
    scene.chain("claude", "agent", claude={"params": {"max_budget_usd": 0.001}})
    nap = [Run(f"sleep 4; echo {number}") for number in range(4)]
    scene.plays({"claude": [Write(FIRST, ONE), *nap], "agent": [Write(SECOND, TWO)]})
    task = scene.run()
    assert task.state == TaskState.SUCCEEDED, task.last_error
    (left,) = scene.steps("left")
    assert (left["worker"], left["failure"]) == ("claude", "budget")
    assert (scene.files()[FIRST], scene.files()[SECOND]) == (ONE, TWO)
    assert sum(call.cost_usd for call in scene.calls(purpose=CallPurpose.GATEWAY)) > 0


def test_one_that_breaks_what_it_took_over_is_taken_back(scene: Scene) -> None:
    """The second one leaves a file that does not parse; the third gets the first one's work, and nothing of it."""
    scene.chain("agent", "claude", "opencode")
    developers = {
        "agent": Developer(good([Write(FIRST, ONE), Write(FIRST, "never\n")], check=False)),
        "claude": Developer(good([Write("probe/broken.py", "def broken(:\n")], check=False)),
        "opencode": Developer(good([Write(SECOND, TWO)], check=False)),
    }
    plain = Developer(good([]))

    def answer(asked: Asked) -> Answer | Fault:
        worker = who(asked)
        if worker == "agent" and conversation_of(asked).steps >= 1:
            return fault("bad_request")
        return developers.get(worker, plain)(asked)

    scene.lab.answer(answer)
    task = scene.run()
    assert task.state == TaskState.SUCCEEDED, task.last_error
    files = scene.files()
    assert (files[FIRST], files[SECOND]) == (ONE, TWO)
    assert "probe/broken.py" not in files
    agent, claude = scene.steps("left")
    assert (claude["failure"], claude["lost"], claude["restored"]) == ("code_error", ["parse", "lint"], agent["commit"])
    assert "What it changed was taken back" in scene.asked("opencode")[0]
