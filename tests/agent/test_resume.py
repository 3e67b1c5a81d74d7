"""A worker that is killed at any step: the next one goes on from the journal and the snapshots."""

from __future__ import annotations

from typing import Any

import pytest

from autodev.contracts.job import JobKind
from autodev.contracts.ports import Told
from providers.kinds.agent import AgentKind
from providers.kinds.agent.rounds import CUT_OFF
from tests.agent.conftest import GREEN, RED, Desk, Killed, calls
from tests.agent.jobs import DONE, EXTEND, REPAIR, read, write

pytestmark = pytest.mark.feature("F2.11")
SCRIPT = (
    calls(read("app.py"), text="I look first."),
    calls(("edit_file", {"path": "app.py", "edits": [{"old": "hello", "new": "welcome"}]})),
    calls(write("tests/test_app.py", "def test(): ...\n"), ("run_checks", {})),
    calls(DONE),
)
STEPS = ("ground", "turn:1", "tools:1", "turn:2", "tools:2", "turn:3", "tools:3", "turn:4", "tools:4", "claim:4")


async def perform(desk: Desk) -> Any:
    return await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))


@pytest.mark.parametrize("step", STEPS)
async def test_killed_right_before_a_step_is_written_down(desk: Desk, step: str) -> None:
    desk.models.say("a", *SCRIPT)
    desk.journal.dies_at = step
    with pytest.raises(Killed):
        await perform(desk)
    asked, desk.workspace.files = len(desk.models.calls), dict(desk.workspace.kept[desk.workspace.head])
    # The model says again what was lost with the worker, and nothing else.
    lost = step.startswith("turn:")
    left = SCRIPT[asked - 1 if lost else asked :]
    desk.models.say("a", *left)
    result = await perform(desk)
    assert desk.workspace.files["app.py"] == b"print('welcome')\n"
    assert result.answer.paths == ("app.py", "tests/test_app.py")
    assert result.left_open == ("no translation",)
    assert len(desk.models.calls) == len(SCRIPT) + lost
    assert result.usage.input_tokens == 10 * len(SCRIPT)


async def test_what_was_said_is_sent_again_letter_by_letter(desk: Desk) -> None:
    desk.models.say("a", *SCRIPT)
    desk.journal.dies_at = "turn:3"
    with pytest.raises(Killed):
        await perform(desk)
    desk.models.say("a", *SCRIPT[2:])
    await perform(desk)
    assert desk.models.requests[2].messages == desk.models.requests[3].messages


async def test_a_command_that_was_cut_off_is_told_of_and_not_run_again(desk: Desk) -> None:
    desk.models.say("a", calls(write("x.py"), ("run_command", {"argv": ["pytest"]})))
    desk.journal.dies_at = "tools:1"
    with pytest.raises(Killed):
        await perform(desk)
    desk.workspace.killed()
    desk.models.say("a", calls(DONE))
    await perform(desk)
    answers = [m for m in desk.models.requests[1].messages if m["role"] == "tool"]
    assert [one["content"] for one in answers] == ["wrote 2 bytes", CUT_OFF]
    assert desk.workspace.restored == ["base"]
    assert desk.workspace.ran == [["pytest"]]
    assert desk.workspace.files["x.py"] == b"1\n"


async def test_files_that_were_put_back_are_put_back_again(desk: Desk) -> None:
    """The newest snapshot is the one before the tactic; the journal knows better."""
    desk.reports = [RED] * 3
    broken = [calls(write(f"{n}.py"), ("run_checks", {})) for n in range(3)]
    desk.models.say("a", *broken)
    desk.here.live.targets[:] = desk.here.live.targets[:1]
    desk.journal.dies_at = "turn:4"
    job = desk.job(JobKind.REPAIR, REPAIR)
    with pytest.raises(Killed):
        await AgentKind().perform(job)
    assert desk.workspace.restored == ["base"]
    await desk.workspace.restore("commit-3")
    desk.workspace.restored.clear()
    desk.report = GREEN
    desk.models.say("a", calls(write("fine.py")), calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.REPAIR, REPAIR))
    assert desk.workspace.restored == ["base"]
    assert "0.py" not in desk.workspace.files
    assert result.answer.paths == ("fine.py",)


async def test_a_message_is_heard_at_the_same_place(desk: Desk) -> None:
    desk.steer.says = [[], [Told(id="m1", text="Use dollars.", by="Ada")]]
    desk.models.say("a", *SCRIPT)
    desk.journal.dies_at = "turn:4"
    with pytest.raises(Killed):
        await perform(desk)
    desk.models.say("a", *SCRIPT[3:])
    await perform(desk)
    told = [m["content"] for m in desk.models.requests[-1].messages if m["role"] == "user"]
    assert told[1] == "A message from Ada, to be heeded from here on:\nUse dollars."
    assert desk.models.requests[-1].messages == desk.models.requests[-2].messages
    assert desk.journal.answered["implement:agent:turn:2"]["heard"] == [
        {"id": "m1", "text": "Use dollars.", "by": "Ada"}
    ]
