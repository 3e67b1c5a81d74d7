"""A program that is stopped from outside leaves its last snapshot, and a step that says what it was stopped for."""

from __future__ import annotations

import pytest

from projects.states import TaskState
from providers.kinds.programs.watch import RETRIES
from providers.states import CallOutcome, CallPurpose
from tests.developers import Run, Write
from tests.providers_lab.faults import fault
from tests.switching.scene import FIRST, ONE, SECOND, TWO, Scene, Silent

pytestmark = [pytest.mark.slow, pytest.mark.feature("F2.11", "F2.2")]
PROGRAMS = ("claude", "opencode")


def left_for_our_agent(scene: Scene, program: str) -> dict[str, object]:
    """The step of the program's leaving; our agent did the rest on what it left."""
    task = scene.run()
    assert task.state == TaskState.SUCCEEDED, task.last_error
    (left,) = scene.steps("left")
    began, taken = scene.steps("began")
    assert (left["worker"], taken["worker"]) == (program, "agent")
    # What it had written is in the commit that it left, at which the next one began.
    assert left["commit"] == taken["commit"] != began["commit"]
    commit = str(left["commit"])
    assert scene.pipeline.repository.read(commit, FIRST).decode() == ONE
    assert SECOND not in scene.pipeline.repository.files(commit)
    assert (scene.files()[FIRST], scene.files()[SECOND]) == (ONE, TWO)
    assert f"{program} worked on it and left" in scene.asked("agent")[0]
    (run,) = scene.calls(purpose=CallPurpose.AGENT)
    assert (run.outcome, run.failure_kind) == (CallOutcome.FAILED, left["failure"])
    return left


@pytest.mark.parametrize("program", PROGRAMS)
def test_one_that_is_silent(scene: Scene, program: str) -> None:
    scene.chain(program, "agent", **{program: {"params": {"silence_seconds": 25}}})
    plans = {program: [Write(FIRST, ONE), Write(SECOND, "no\n")], "agent": [Write(SECOND, TWO)]}
    scene.plays(plans, breaks=program, broken=Silent())
    left = left_for_our_agent(scene, program)
    assert (left["failure"], left["details"]) == ("timeout", {"limit": "silence"})
    assert left["message"] == "It said nothing for 25 s while no tool ran."


@pytest.mark.parametrize("program", PROGRAMS)
def test_one_that_asks_again_and_again(scene: Scene, program: str) -> None:
    """Its model is away: the ledger's word on the last call is told, and nobody waits for the program's own tries."""
    scene.chain(program, "agent")
    plans = {program: [Write(FIRST, ONE), Write(SECOND, "no\n")], "agent": [Write(SECOND, TWO)]}
    scene.plays(plans, breaks=program, broken=lambda: fault("overloaded"))
    left = left_for_our_agent(scene, program)
    assert (left["failure"], left["outside"]) == ("overloaded", True)
    requests = {call.request_id for call in scene.calls(purpose=CallPurpose.GATEWAY, outcome=CallOutcome.FAILED)}
    assert len(requests) <= RETRIES


@pytest.mark.parametrize("program", PROGRAMS)
def test_one_whose_time_is_over_in_a_command(scene: Scene, program: str) -> None:
    scene.chain(program, "agent", **{program: {"params": {"run_seconds": 75}}})
    endless = Run("python3 -c 'import time; time.sleep(600)'")
    scene.plays({program: [Write(FIRST, ONE), endless], "agent": [Write(SECOND, TWO)]})
    left = left_for_our_agent(scene, program)
    assert (left["failure"], left["details"]) == ("timeout", {"limit": "wall"})
