"""Streams: nothing before the first piece, afterwards no seam and no quiet half."""

from __future__ import annotations

import pytest

from providers.chat import Delta, Finish, ToolCallDelta
from providers.failures.kinds import FailureKind
from providers.routing.answering import AnswerStream
from providers.routing.call import stream
from providers.routing.errors import BudgetRefused, NoAnswer, StreamBroken
from providers.states import CallPurpose
from providers.targets import Deadlines
from tests.routing.fakes import HELLO, REQUEST, Break, Hang, Say, World, need, target, usual, world
from tests.routing.virtual import run

pytestmark = pytest.mark.feature("F2.8")
K = FailureKind


async def read(opened: AnswerStream, into: list[Delta]) -> str:
    async for piece in opened:
        into.append(piece)  # noqa: PERF401 - what came before an error counts too
    return "".join(piece.text for piece in into)


def listen(here: World, **given: object) -> tuple[str, AnswerStream, list[Delta]]:
    pieces: list[Delta] = []

    async def whole() -> tuple[str, AnswerStream]:
        opened = stream(REQUEST, need(purpose=CallPurpose.GATEWAY, **given), ports=here.ports)
        return await read(opened, pieces), opened

    text, opened = run(whole())
    return text, opened, pieces


def test_pieces_as_they_come() -> None:
    here = world()
    text, opened, pieces = listen(here)
    assert text == HELLO
    assert (opened.provider, opened.model) == ("a", "a-1")
    assert len(pieces) == len(HELLO.split()) + 1
    assert pieces[-1].finish is Finish.STOP
    assert pieces[-1].usage is not None
    assert opened.answer is not None
    assert opened.answer.completion.text == HELLO
    assert here.ledger.outcomes == [("a", "succeeded")]


@pytest.mark.parametrize("broken", [Break(K.OVERLOADED), Hang(), Say(text=""), Break(K.AUTHENTICATION)])
def test_before_the_first_piece_another_one_steps_in(broken: Break | Hang | Say) -> None:
    here = world()
    here.kind.always("a", broken)
    text, opened, _ = listen(here)
    assert text == HELLO
    assert opened.provider == "b"


def test_open_waits_for_the_first_piece() -> None:
    here = world()
    here.kind.always("a", Break(K.OVERLOADED))

    async def peek() -> AnswerStream:
        opened = stream(REQUEST, need(), ports=here.ports)
        await opened.open()
        assert opened.provider == "b"
        await opened.open()
        assert (await anext(opened)).text == "Hello, "
        await opened.aclose()
        return opened

    assert run(peek()).answer is None
    assert here.ledger.outcomes == [("a", "failed"), ("b", "abandoned")]
    assert here.kind.under_way == 0


@pytest.mark.parametrize(
    "broken", [Break(K.CONNECTION, after=3), Hang(after=3), Break(K.TRUNCATED_STREAM, after=7), Say(finish=None)]
)
def test_a_break_goes_on_where_the_next_answer_is_the_same(broken: Break | Hang | Say) -> None:
    here = world([target("a", deadlines=Deadlines(stall_s=5)), target("b")])
    here.kind.always("a", broken)
    text, opened, pieces = listen(here)
    assert text == HELLO
    assert opened.provider == "a"  # who spoke first
    assert opened.answer is not None
    assert opened.answer.provider == "b"
    assert pieces[-1].finish is Finish.STOP
    assert here.kind.names() == ["a", "b"]


@pytest.mark.parametrize("other", ["Hello, everybody, and good day.", "Hello,"])
def test_another_answer_is_never_mixed_in(other: str) -> None:
    here = world()
    here.kind.always("a", Break(K.CONNECTION, after=3))
    here.kind.always("b", Say(text=other))
    pieces: list[Delta] = []

    async def whole() -> None:
        await read(stream(REQUEST, need(), ports=here.ports), pieces)

    with pytest.raises(StreamBroken) as caught:
        run(whole())
    assert HELLO.startswith("".join(piece.text for piece in pieces))
    assert not any(piece.finish for piece in pieces)
    assert caught.value.failure is not None
    assert caught.value.failure.kind is K.CONNECTION
    assert here.ledger.outcomes == [("a", "partial"), ("b", "abandoned")]


def test_tool_calls_cannot_be_gone_on_with() -> None:
    here = world()
    call = Delta(tool_calls=(ToolCallDelta(index=0, id="x", name="f", arguments="{}"),))
    here.kind.always("a", Say(deltas=(call,), finish=None))
    with pytest.raises(StreamBroken):
        listen(here)
    assert here.kind.names() == ["a"]


def thinking(*deltas: Delta) -> World:
    here = world()
    here.kind.always("a", Say(deltas=(Delta(reasoning="I think"),), finish=None))
    here.kind.always("b", Say(deltas=deltas))
    return here


@pytest.mark.parametrize("deltas", [(Delta(reasoning="I believe"), Delta(text="yes")), (Delta(text="yes"),)])
def test_a_reasoning_that_differs_is_a_seam(deltas: tuple[Delta, ...]) -> None:
    with pytest.raises(StreamBroken):
        listen(thinking(*deltas))


def test_a_reasoning_that_is_the_same_is_none() -> None:
    text, _, pieces = listen(thinking(Delta(reasoning="I think so"), Delta(text="yes")))
    assert (text, "".join(piece.reasoning for piece in pieces)) == ("yes", "I think so")


def test_nobody_is_left_in_the_middle() -> None:
    here = world(usual("a"))
    here.kind.say("a", *[Break(K.MALFORMED_ANSWER, after=2)] * 3)
    with pytest.raises(StreamBroken):
        listen(here)
    here = world()
    here.kind.always("a", Break(K.CONTENT_POLICY, after=2))
    with pytest.raises(StreamBroken):
        listen(here)


def test_nobody_at_all() -> None:
    here = world()
    for name in "ab":
        here.kind.always(name, Break(K.OVERLOADED))
    with pytest.raises(NoAnswer) as caught:
        listen(here)
    assert not isinstance(caught.value, StreamBroken)
    here.ledger.room = here.ledger.room or 0 * here.ports.estimate(here.live.targets[0], REQUEST, 1)
    with pytest.raises(BudgetRefused):
        listen(here)


def test_what_ends_an_answer_is_held_back_until_it_is_one() -> None:
    here = world(usual("a"))
    bad = Delta(tool_calls=(ToolCallDelta(index=0, id="x", name="f", arguments="{"),), finish=Finish.TOOL_CALLS)
    here.kind.always("a", Say(deltas=(bad,)))
    pieces: list[Delta] = []
    with pytest.raises(StreamBroken):
        run(read(stream(REQUEST, need(), ports=here.ports), pieces))
    assert [piece.finish for piece in pieces] == [None]


def test_a_buffered_stream_repairs_any_break_unseen() -> None:
    here = world()
    here.kind.always("a", Break(K.CONNECTION, after=3))
    here.kind.always("b", Say(text="Quite another answer."))
    text, opened, _ = listen(here, buffered=True)
    assert text == "Quite another answer."
    assert opened.provider == "b"


def test_a_break_after_the_end_is_none() -> None:
    """Whole before it broke: a connection that is reset after the finish reason."""

    async def reset_after(*_: object) -> object:
        yield Delta(text="all of it")
        yield Delta(finish=Finish.STOP)
        raise ConnectionResetError

    here = world()
    here.kind.stream = reset_after  # type: ignore[method-assign,assignment] # a provider that no script can play
    text, opened, _ = listen(here)
    assert text == "all of it"
    assert opened.answer is not None
    assert len(opened.answer.calls) == 1


def test_a_caller_who_leaves_in_the_middle() -> None:
    here = world()
    here.kind.always("a", Say(pause_s=1.0))

    async def leave() -> None:
        opened = stream(REQUEST, need(), ports=here.ports)
        async for _ in opened:
            break
        await opened.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(opened)

    run(leave())
    assert here.ledger.outcomes == [("a", "abandoned")]
    assert here.live.failures == []
    assert here.ledger.settled[0][1].usage.output_tokens > 0


def test_a_slow_caller_is_no_silence_of_the_provider() -> None:
    import asyncio

    here = world([target("a", deadlines=Deadlines(stall_s=2))])

    async def slowly() -> str:
        text = ""
        async for piece in stream(REQUEST, need(), ports=here.ports):
            await asyncio.sleep(30)
            text += piece.text
        return text

    assert run(slowly()) == HELLO
