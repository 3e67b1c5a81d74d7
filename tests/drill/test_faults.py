"""What a drill puts between the routing and a kind."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from providers.chat import ChatRequest, Completion, Delta, Finish, TokenUsage
from providers.drill.faults import FAULTS, FaultyKind, with_fault
from providers.failures.classify import classify
from providers.failures.kinds import FailureKind
from providers.failures.signal import CallFailed
from providers.live.view import DrillView
from providers.targets import Key, Target
from tests.routing.fakes import REQUEST, target

pytestmark = pytest.mark.feature("F2.15")
KINDS = {
    "authentication": FailureKind.AUTHENTICATION,
    "quota": FailureKind.QUOTA,
    "rate_limit": FailureKind.RATE_LIMIT,
    "overloaded": FailureKind.OVERLOADED,
    "unavailable": FailureKind.UNAVAILABLE,
    "server_error": FailureKind.UNAVAILABLE,
    "connection": FailureKind.CONNECTION,
    "malformed": FailureKind.MALFORMED_ANSWER,
    "empty": FailureKind.EMPTY_ANSWER,
    "truncated": FailureKind.TRUNCATED_STREAM,
}


class Plain:
    """A kind that answers, and counts how often it was asked."""

    name = "plain"

    def __init__(self) -> None:
        self.asked = 0

    async def complete(self, request: ChatRequest, target: Target, key: Key | None) -> Completion:
        self.asked += 1
        return Completion(text="ok", finish=Finish.STOP, usage=TokenUsage(), model="m")

    async def stream(self, request: ChatRequest, target: Target, key: Key | None) -> AsyncIterator[Delta]:
        self.asked += 1
        for word in ["one", "two", "three", "four", "five"]:
            yield Delta(text=word)
        yield Delta(finish=Finish.STOP)

    async def probe(self, target: Target, key: Key | None) -> None:
        self.asked += 1


def drill(fault: str) -> DrillView:
    return DrillView(id=uuid.uuid4(), provider="a", fault=fault, share=1.0, since=0.0, until=1.0)


@pytest.mark.parametrize("fault", sorted(KINDS))
async def test_each_fault_is_read_as_the_failure_it_plays(fault: str) -> None:
    plain = Plain()
    kind = with_fault(plain, drill(fault))
    with pytest.raises(CallFailed) as error:
        await kind.complete(REQUEST, target("a"), None)
    failure = classify(error.value.signal)
    assert failure.kind == KINDS[fault]
    assert plain.asked == 0
    with pytest.raises(CallFailed):
        await kind.probe(target("a"), None)
    if fault == "rate_limit":
        assert failure.retry_after_s == pytest.approx(20)


async def test_a_stream_is_cut_in_its_middle() -> None:
    pieces = with_fault(Plain(), drill("truncated")).stream(REQUEST, target("a"), None)
    assert [(await anext(pieces)).text for _ in range(3)] == ["one", "two", "three"]
    with pytest.raises(CallFailed) as error:
        await anext(pieces)
    assert classify(error.value.signal).kind == FailureKind.TRUNCATED_STREAM


async def test_silence_lasts_until_the_caller_leaves() -> None:
    kind = with_fault(Plain(), drill("hang"))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(kind.complete(REQUEST, target("a"), None), 0.05)


async def test_a_slow_provider_answers_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.drill.faults.SLOW_S", 0.01)
    plain = Plain()
    kind = FaultyKind(plain, "slow")
    assert (await kind.complete(REQUEST, target("a"), None)).text == "ok"
    assert (await anext(kind.stream(REQUEST, target("a"), None))).text == "one"
    await kind.probe(target("a"), None)
    assert plain.asked == 3


def test_every_fault_is_tested_and_an_unknown_one_is_refused() -> None:
    assert set(FAULTS) == set(KINDS) | {"hang", "slow"}
    with pytest.raises(KeyError):
        with_fault(Plain(), drill("earthquake"))
