"""From each worker to each one in the middle of a task: nothing that was done is lost, and the next one knows of it."""

from __future__ import annotations

import time

import pytest

from projects.states import RECOVERY, TaskState
from providers.states import CallOutcome, CallPurpose
from tests.developers import Write
from tests.switching.conftest import Row
from tests.switching.scene import FIRST, ONE, SECOND, TWO, WORKERS, Scene, Silent, refused

pytestmark = [pytest.mark.slow, pytest.mark.feature("F2.11", "F2.2", "F1.12", "F1.13")]
PAIRS = [(old, new) for old in WORKERS for new in WORKERS if old != new]


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=[f"{old}-to-{new}" for old, new in PAIRS])
def test_a_switch_keeps_the_work(old: str, new: str, scene: Scene, row: Row) -> None:
    scene.chain(old, new)
    scene.plays(
        {old: [Write(FIRST, ONE), Write(SECOND, "no\n")], new: [Write(SECOND, TWO)]}, breaks=old, broken=refused
    )
    begun = time.monotonic()
    task = scene.run()
    assert task.state == TaskState.SUCCEEDED, task.last_error
    files = scene.files()
    assert (files[FIRST], files[SECOND]) == (ONE, TWO)
    began, left = scene.steps("began"), scene.steps("left")
    assert [(one["worker"], one["previous"]) for one in began] == [(old, ""), (new, old)]
    assert [(one["worker"], one["failure"]) for one in left] == [(old, "bad_request")]
    # The second began at the first one's last snapshot, and both transcripts are there.
    assert began[1]["commit"] == left[0]["commit"] != began[0]["commit"]
    assert scene.transcript(old)
    assert scene.transcript(new)
    told = scene.asked(new)[0]
    assert f"{old} worked on it and left (bad request)" in told
    assert f"changed so far: {FIRST}" in told
    assert began[1]["standing"]["green"] == ["parse", "lint"]
    # The ledger: a run of each program beside the calls of models, and why it was switched.
    runs = {call.provider_name: call.outcome for call in scene.calls(purpose=CallPurpose.AGENT)}
    wanted = {old: CallOutcome.FAILED, new: CallOutcome.SUCCEEDED}
    assert runs == {name: outcome for name, outcome in wanted.items() if name != "agent"}
    assert [(one.chosen, one.previous, one.trigger) for one in scene.decisions()] == [
        (old, "", ""), (new, old, "bad_request"),
    ]  # fmt: skip
    assert {call.work_passed for call in scene.calls(outcome=CallOutcome.SUCCEEDED)} == {True}
    row(
        old=old, new=new, on="a request refused (400)", files=sorted({FIRST, SECOND} & set(files)),
        steps=[len(scene.transcript(old)), len(scene.transcript(new))], seconds=round(time.monotonic() - begun, 1),
        model_calls=len([call for call in scene.calls() if call.purpose != CallPurpose.AGENT]), ended=task.state,
    )  # fmt: skip


@pytest.mark.parametrize("worker", WORKERS)
def test_killed_it_is_resumed_by_the_same_worker(worker: str, scene: Scene, row: Row) -> None:
    """SIGKILL of the engine's process between a snapshot and the end of the visit."""
    other = next(one for one in WORKERS if one != worker)
    scene.chain(worker, other)
    silent = Silent()
    plan = [Write(FIRST, ONE), Write(SECOND, TWO)]
    scene.plays({worker: plan, other: [Write(SECOND, "no\n")]}, breaks=worker, broken=silent)
    begun = time.monotonic()
    scene.killed(lambda: silent.reached.is_set() and scene.worked(worker))
    asked, steps = len(scene.asked(worker)), len(scene.transcript(worker))
    assert steps
    scene.plays({worker: plan, other: [Write(SECOND, "no\n")]})
    task = scene.run()
    assert task.state == TaskState.SUCCEEDED, task.last_error
    files = scene.files()
    assert (files[FIRST], files[SECOND]) == (ONE, TWO)
    assert [one["worker"] for one in scene.steps("began")] == [worker]
    assert scene.steps("left") == []
    # Its conversation goes on: the first request after the kill shows what was said before, and only what was cut off
    # is asked again.
    assert "[step 0]" in scene.asked(worker)[asked]
    assert len(scene.transcript(worker)) > steps
    writes = [text for text in scene.asked(worker)[asked:] if "[step 0]" not in text]
    assert writes == []
    row(
        old=worker, new=worker, on="kill -9, resumed", files=sorted({FIRST, SECOND} & set(files)),
        steps=[steps, len(scene.transcript(worker)) - steps], seconds=round(time.monotonic() - begun, 1),
        model_calls=len([call for call in scene.calls() if call.purpose != CallPurpose.AGENT]), ended=task.state,
    )  # fmt: skip


def test_where_all_fail_recovery_gets_the_last_failure_and_everybody_s_name(scene: Scene) -> None:
    scene.chain("claude", "agent")
    scene.plays({"claude": [], "agent": []})
    scene.lab.answer(lambda asked: refused())
    task = scene.run()
    assert (task.state, task.wait_reason, task.error_kind) == (TaskState.WAITING, RECOVERY, "bad_request")
    assert [one["worker"] for one in scene.steps("left")] == ["claude", "agent", "blueprint"]
