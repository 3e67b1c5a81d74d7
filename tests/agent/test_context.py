"""The conversation within what a model reads: old output of tools goes first, then old turns; the beginning stays."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest

from autodev.contracts.job import JobKind
from providers.chat import Delta, Finish, ToolCallDelta
from providers.failures.kinds import FailureKind
from providers.kinds.agent import AgentKind, digest
from providers.kinds.agent.conversation import Answered, Conversation, Heard, Said
from providers.kinds.base import ProviderFailure
from providers.money.tokens import estimate_tokens
from providers.targets import Capability
from tests.agent.conftest import Desk, calls
from tests.agent.jobs import DONE, EXTEND, write
from tests.routing.fakes import Break, Say, target

pytestmark = pytest.mark.feature("F1.7")
ABLE = frozenset({Capability.STREAMING, Capability.TOOLS})


def rounds(count: int, *, size: int = 4000, tool: str = "read_file") -> Conversation:
    talk = Conversation(system="system", task="task")
    for turn in range(count):
        call = {"id": f"c{turn}", "name": tool, "arguments": json.dumps({"path": f"m{turn}.py"})}
        talk.add(Said(turn=turn, text=f"Step {turn}.", calls=[call]))
        talk.add(
            Answered(turn=turn, answers=[{"id": f"c{turn}", "name": tool, "answer": f"line {turn}\n" + "x" * size}])
        )
    return talk


def test_old_output_goes_first_and_the_newest_stays_whole() -> None:
    talk = rounds(10)
    assert digest.fit(talk, 8000, 5000)
    answers = [item.answers[0]["answer"] for item in talk.items if isinstance(item, Answered)]
    assert answers[0] == "line 0\n(4007 characters, left out by now; call the tool again if it is needed)"
    assert all(len(one) > 4000 for one in answers[-3:])
    assert talk.tokens <= 5000
    assert len([item for item in talk.items if isinstance(item, Said)]) == 10


def test_nothing_is_touched_below_the_mark() -> None:
    talk = rounds(4)
    before = talk.messages(tools=True)
    assert not digest.fit(talk, 100_000, 50_000)
    assert talk.messages(tools=True) == before


def test_what_was_written_to_files_is_made_short_in_old_calls() -> None:
    talk = rounds(0)
    for turn in range(8):
        arguments = json.dumps({"path": f"m{turn}.py", "content": "y" * 3000})
        talk.add(Said(turn=turn, text="", calls=[{"id": "c", "name": "write_file", "arguments": arguments}]))
        talk.add(Answered(turn=turn, answers=[{"id": "c", "name": "write_file", "answer": "wrote 3000 bytes"}]))
    digest.fit(talk, 5000, 3000)
    first = next(item for item in talk.items if isinstance(item, Said))
    values = json.loads(first.calls[0]["arguments"])
    assert values["path"] == "m0.py"
    assert values["content"].endswith("(3000 characters, made short)")
    assert talk.tokens <= 5000


def test_old_turns_become_one_digest_and_calls_keep_their_answers() -> None:
    talk = rounds(60, size=300)
    talk.items.insert(4, Heard(text="A message from Ada: use dollars", tokens=12))
    digest.fit(talk, 3000, 1500)
    first = talk.items[0]
    assert isinstance(first, Heard)
    assert re.search(r"read_file m\d+\.py → line \d+", first.text)
    assert "You were told: A message from Ada: use dollars" in first.text
    called, answered = set[str](), set[str]()
    for message in talk.messages(tools=True):
        called |= {one["id"] for one in message.get("tool_calls", ())}
        answered |= {message["tool_call_id"]} if message["role"] == "tool" else set()
    assert called == answered
    # Made short again, the digest takes itself along.
    for turn in range(60, 120):
        talk.add(Said(turn=turn, text=f"Step {turn}. " + "z" * 200))
    digest.fit(talk, 3000, 1500)
    assert sum(isinstance(item, Heard) and item.digest for item in talk.items) == 1
    again = talk.items[0]
    assert isinstance(again, Heard)
    assert "lines left out" in again.text
    assert "Step 100." in again.text
    assert talk.tokens <= 3000


def test_newest_answers_that_fit_nowhere_are_cut_at_their_middle() -> None:
    talk = rounds(2, size=40_000)
    digest.fit(talk, 4000, 2000)
    answers = [item.answers[0]["answer"] for item in talk.items if isinstance(item, Answered)]
    assert all("characters left out" in one for one in answers)
    assert talk.tokens < 6000


@pytest.mark.parametrize(
    ("tool", "answer", "stays"),
    [
        ("run_command", "exit code 1\n" + "noise\n" * 200 + "E  KeyError: total\n1 failed", "E  KeyError: total"),
        ("run_checks", "lint: failed\ntests: passed\n" + "more\n" * 300, "lint: failed"),
        ("search", "a.py:1: hit\n" + "b.py:2: hit\n" * 100, "a.py:1: hit"),
    ],
)
def test_what_stays_of_an_answer(tool: str, answer: str, stays: str) -> None:
    short = digest.short_answer(tool, answer)
    assert stays in short
    assert len(short) < 400


async def test_the_beginning_is_the_same_in_every_request(desk: Desk) -> None:
    desk.models.say("a", *[calls(write(f"{n}.py")) for n in range(5)], calls(DONE))
    await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    requests = desk.models.requests
    for before, after in pairwise(requests):
        assert after.messages[: len(before.messages)] == before.messages
        assert after.tools is before.tools


async def test_a_small_window_is_kept_to(desk: Desk) -> None:
    desk.here.live.targets[:] = [target("small", capabilities=ABLE, context_window=8000)]
    object.__setattr__(desk.here.ports, "tokens", estimate_tokens)
    desk.workspace.files |= {f"m{n}.txt": f"{n}\n".encode() + b"word " * 2000 for n in range(30)}
    reads = [calls(("read_file", {"path": f"m{n}.txt"}), text="go") for n in range(14)]
    desk.models.say("small", *reads, calls(write("x.py")), calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.answer.paths == ("x.py",)
    assert max(estimate_tokens(one) for one in desk.models.requests) < 8000


async def test_a_request_that_is_too_long_is_made_shorter(desk: Desk) -> None:
    desk.here.live.targets[:] = desk.here.live.targets[:1]
    desk.workspace.files["long.txt"] = b"word " * 4000
    desk.models.say("a", calls(("read_file", {"path": "long.txt"})), *[Break(FailureKind.CONTEXT_WINDOW)] * 3)
    desk.models.always("a", calls(write("x.py"), DONE))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.answer.paths == ("x.py",)
    sizes = [estimate_tokens(one) for one in desk.models.requests]
    assert sizes[-1] < sizes[1]


async def test_what_is_too_long_from_the_beginning_fails_with_that_reason(desk: Desk) -> None:
    for name in "ab":
        desk.models.always(name, Break(FailureKind.CONTEXT_WINDOW))
    with pytest.raises(ProviderFailure) as failed:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert failed.value.kind == "context_window"


async def test_broken_calls_come_back_to_the_model_with_help(desk: Desk) -> None:
    def broken(finish: Any) -> Say:
        piece = ToolCallDelta(index=0, id="c0", name="write_file", arguments='{"path": "a.py", "content": "say "hi')
        return Say(deltas=(Delta(tool_calls=(piece,)),), finish=finish)

    desk.models.say("a", broken(Finish.TOOL_CALLS), broken(Finish.LENGTH), calls(write("x.py"), DONE))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.provider == "a"
    told = [m for one in desk.models.requests[1:] for m in one.messages[-1:]]
    assert "the arguments are not JSON" in told[0]["content"]
    assert "cut off at the output limit" in told[1]["content"]
    # What is sent back is JSON again: some providers refuse a conversation with broken arguments.
    again = desk.models.requests[2].messages[2]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(again)["unreadable"].startswith('{"path"')
