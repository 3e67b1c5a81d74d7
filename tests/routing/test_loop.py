"""One request through its candidates: who is asked after what, and how often."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from providers.chat import Delta, Finish, ToolCallDelta
from providers.failures.kinds import FailureKind
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from providers.routing.need import Answer
from providers.routing.traffic import OUTGROWN_S, REFUSALS_S, Pulse
from providers.states import CallOutcome, CallPurpose
from providers.targets import Deadlines, Key, Secret
from tests.routing.fakes import (
    HELLO,
    REQUEST,
    Break,
    Hang,
    Say,
    World,
    need,
    target,
    usual,
    world,
)
from tests.routing.virtual import run

pytestmark = pytest.mark.feature("F2.8")
K = FailureKind


def calling(*, name: str, arguments: str) -> Delta:
    return Delta(tool_calls=(ToolCallDelta(index=0, id="1", name=name, arguments=arguments),))


def ask(here: World, **given: object) -> Answer:
    return run(complete(REQUEST, need(**given), ports=here.ports))


def test_the_first_of_the_chain_answers() -> None:
    here = world()
    answer = ask(here)
    assert (answer.completion.text, answer.provider, answer.completion.model) == (HELLO, "a", "a-1")
    assert here.kind.names() == ["a"]
    assert here.ledger.outcomes == [("a", "succeeded")]
    assert answer.cost_usd == Decimal("0.000026")
    assert here.ledger.reserved[0].choice is not None
    assert here.live.successes == ["a"]


@pytest.mark.parametrize(
    "kind",
    [
        K.AUTHENTICATION, K.PERMISSION, K.QUOTA, K.RATE_LIMIT, K.OVERLOADED, K.MODEL_NOT_FOUND, K.CONTENT_POLICY,
        K.MALFORMED_ANSWER, K.EMPTY_ANSWER, K.TRUNCATED_STREAM, K.FRAMEWORK_ERROR, K.UNKNOWN, K.TIMEOUT,
    ],
)  # fmt: skip
def test_a_failure_goes_to_the_next_one_at_once(kind: FailureKind) -> None:
    here = world()
    here.kind.always("a", Break(kind))
    answer = ask(here)
    assert here.kind.names() == ["a", "b"]
    assert [one.outcome for one in answer.calls] == [CallOutcome.FAILED, CallOutcome.SUCCEEDED]
    assert here.kind.calls[1][0] - here.kind.calls[0][0] < 0.02
    assert here.ledger.outcomes == [("a", "failed"), ("b", "succeeded")]


@pytest.mark.parametrize("kind", [K.UNAVAILABLE, K.CONNECTION])
@pytest.mark.feature("F2.10")
def test_a_hiccup_is_tried_once_more_by_one_caller(kind: FailureKind) -> None:
    here = world()
    here.kind.say("a", Break(kind))
    assert ask(here).provider == "a"
    assert here.kind.names() == ["a", "a"]
    here.kind.always("a", Break(kind))
    assert ask(here).provider == "b"
    assert here.kind.names()[2:] == ["a", "a", "b"]


def test_an_outage_costs_what_was_under_way_and_no_more() -> None:
    """A hundred requests, ten at a time, at a provider that is dead."""
    here = world()
    here.kind.always("a", Break(K.UNAVAILABLE))

    async def all_of_them() -> list[Answer]:
        gate = asyncio.Semaphore(10)

        async def one() -> Answer:
            async with gate:
                return await complete(REQUEST, need(), ports=here.ports)

        return await asyncio.gather(*(one() for _ in range(100)))

    answers = run(all_of_them())
    assert {one.completion.text for one in answers} == {HELLO}
    assert here.kind.count("a") <= 10
    assert here.live.opened == ["a"]


@pytest.mark.parametrize(
    "broken", [Break(K.MALFORMED_ANSWER), Hang(), Break(K.TRUNCATED_STREAM, after=2), Hang(after=3)]
)
def test_what_opens_no_breaker_at_once_is_not_run_into_by_the_others(broken: Break | Hang) -> None:
    here = world([target("a", deadlines=Deadlines(first_token_s=2, stall_s=1)), target("b")])
    here.kind.always("a", broken)

    async def all_of_them() -> list[Answer]:
        gate = asyncio.Semaphore(10)

        async def one() -> Answer:
            async with gate:
                return await complete(REQUEST, need(), ports=here.ports)

        return await asyncio.gather(*(one() for _ in range(100)))

    assert {one.completion.text for one in run(all_of_them())} == {HELLO}
    assert here.kind.count("a") <= 11


def test_a_silent_provider_is_left_after_the_first_silence() -> None:
    here = world([target("a", deadlines=Deadlines(first_token_s=3)), target("b")])
    here.kind.always("a", Hang())
    answer = ask(here)
    assert here.kind.names() == ["a", "b"]
    assert here.kind.calls[1][0] - here.kind.calls[0][0] == pytest.approx(3.0)
    assert answer.calls[0].failure is not None
    assert answer.calls[0].failure.message == "no first token in 3 s"
    assert here.ledger.settled[0][1].usage.input_tokens == 1000  # it may have read it


def test_patience_ends_sooner_where_another_one_stands_ready() -> None:
    here = world()
    here.kind.always("a", Hang())
    ask(here)
    assert here.kind.calls[1][0] - here.kind.calls[0][0] == pytest.approx(10.2)
    alone = world(usual("a"))
    alone.kind.always("a", Hang())
    with pytest.raises(NoAnswer, match="no first token in 30 s"):
        ask(alone)


def test_one_deadline_holds_for_the_whole_chain() -> None:
    here = world(usual("a", "b", "c"))
    for name in "abc":
        here.kind.always(name, Hang())
    with pytest.raises(NoAnswer) as caught:
        ask(here, deadline_s=15.0)
    assert sum(one.total_ms for one in caught.value.calls) == pytest.approx(15_000)


@pytest.mark.parametrize("broken", [Break(K.CONNECTION, after=3), Hang(after=3), Break(K.TRUNCATED_STREAM, after=6)])
def test_a_break_in_mid_answer_is_begun_again_cleanly(broken: Break | Hang) -> None:
    here = world()
    here.kind.always("a", broken)
    answer = ask(here)
    assert answer.completion.text == HELLO
    assert answer.provider == "b"
    assert here.ledger.outcomes[0] == ("a", "partial")
    assert here.ledger.settled[0][1].usage.output_tokens > 0
    assert here.ledger.settled[0][1].usage.estimated


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Say(text=""), K.EMPTY_ANSWER),
        (Say(finish=None), K.TRUNCATED_STREAM),
        (Say(text="", finish=Finish.LENGTH), K.OUTPUT_LIMIT),
        (Say(text="No.", finish=Finish.CONTENT_FILTER), K.CONTENT_POLICY),
        (Say(deltas=(calling(name="f", arguments="{"),)), K.MALFORMED_ANSWER),
        (Say(deltas=(calling(name="", arguments="{}"),)), K.MALFORMED_ANSWER),
    ],
)
def test_an_answer_that_is_none_is_a_failure(said: Say, kind: FailureKind) -> None:
    here = world()
    here.kind.always("a", said)
    answer = ask(here)
    assert answer.provider == "b"
    assert answer.calls[0].failure is not None
    assert answer.calls[0].failure.kind is kind


@pytest.mark.parametrize("kind", [K.BAD_REQUEST, K.CANCELLED])
def test_what_nobody_does_better_ends_the_request(kind: FailureKind) -> None:
    here = world()
    here.kind.always("a", Break(kind))
    with pytest.raises(NoAnswer) as caught:
        ask(here)
    assert here.kind.names() == ["a"]
    assert caught.value.failure is not None
    assert caught.value.failure.kind is kind


def test_a_refusal_is_the_callers_to_know_at_the_gateway() -> None:
    here = world()
    here.kind.always("a", Break(K.CONTENT_POLICY))
    with pytest.raises(NoAnswer):
        ask(here, purpose=CallPurpose.GATEWAY)
    assert here.kind.names() == ["a"]
    here.kind.always("a", Say(text="I must not", finish=Finish.CONTENT_FILTER))
    answer = ask(here, purpose=CallPurpose.GATEWAY)
    assert (answer.provider, answer.completion.finish) == ("a", Finish.CONTENT_FILTER)


def test_three_paid_attempts_and_no_more() -> None:
    here = world(usual("a", "b", "c", "d"))
    for name in "abcd":
        here.kind.always(name, Break(K.OVERLOADED))
    with pytest.raises(NoAnswer) as caught:
        ask(here)
    assert here.kind.names() == ["a", "b", "c"]
    assert len(caught.value.calls) == 3
    assert "it failed: overloaded" in caught.value.message


def test_the_third_of_the_chain_is_reached() -> None:
    """A hiccup is not tried again where that would take the last one's turn."""
    here = world(usual("a", "b", "c"))
    here.kind.always("a", Break(K.UNAVAILABLE))
    here.kind.always("b", Break(K.UNAVAILABLE))
    assert ask(here).provider == "c"


def test_the_emergency_provider_comes_last_and_is_not_counted() -> None:
    here = world([*usual("a", "b", "c"), target("e", emergency=True, price=None)])
    for name in "abc":
        here.kind.always(name, Break(K.OVERLOADED))
    answer = ask(here)
    assert here.kind.names() == ["a", "b", "c", "e"]
    assert answer.emergency
    assert here.live.successes == []
    assert here.ledger.outcomes[-1] == ("e", "succeeded")
    here.kind.always("e", Break(K.OVERLOADED))
    with pytest.raises(NoAnswer):
        ask(here)
    assert "e" not in [name for name, _ in here.live.failures]


def test_an_emergency_provider_that_makes_work_is_named() -> None:
    here = world([*usual("a"), target("blueprint", kind="blueprint", emergency=True)])
    here.kind.always("a", Break(K.AUTHENTICATION))
    with pytest.raises(NoAnswer) as caught:
        ask(here)
    assert caught.value.emergency == "blueprint"


def test_another_key_of_the_same_provider() -> None:
    keys = tuple(Key(id=None, name=name, secret=Secret(name)) for name in ("one", "two", "three"))
    here = world([target("a", keys=keys), target("b")])
    here.kind.say("a", Break(K.AUTHENTICATION))
    assert ask(here).provider == "a"
    assert [(name, key) for _, name, key in here.kind.calls] == [("a", "one"), ("a", "two")]
    assert ask(here).provider == "a"
    assert here.kind.calls[2][2] == "two"  # the first key's own breaker is open


@pytest.mark.parametrize(("pause_s", "asked"), [(1.0, ["a", "b", "a", "b"]), (40.0, ["a", "b", "a", "a"])])
def test_one_more_try_is_for_who_did_not_fail_just_before(pause_s: float, asked: list[str]) -> None:
    """What a call met long ago is no reason: probes may have found it well since, and no call was there to see it."""
    here = world([target("a"), target("b")])
    here.kind.say("a", Break(K.MALFORMED_ANSWER), Break(K.UNAVAILABLE))

    async def twice() -> None:
        for _ in range(2):
            await complete(REQUEST, need(), ports=here.ports)
            await asyncio.sleep(pause_s)

    run(twice())
    assert here.kind.names() == asked


def test_what_did_not_fit_three_times_is_not_asked_of_the_same_one_again() -> None:
    here = world([target("a", context_window=8000), target("b", context_window=4000), target("c")])
    here.kind.say("a", *[Break(K.CONTEXT_WINDOW)] * 3)
    assert [ask(here, input_tokens=3000).provider for _ in range(5)] == ["c"] * 5
    assert here.kind.names() == ["a", "c"] * 3 + ["c"] * 2
    assert ask(here, input_tokens=3500).provider == "c"
    assert ask(here, input_tokens=2900).provider == "a"
    here.kind.always("c", Break(K.UNAVAILABLE))
    assert ask(here, input_tokens=3000).provider == "a"  # behind the others, never out of the order
    del here.kind.standing["c"]
    assert ask(here, input_tokens=3000).provider == "a"  # it fitted, so nothing is held against it


def test_one_request_that_did_not_fit_says_nothing_of_the_next() -> None:
    here = world([target("a"), target("c")])
    for _ in range(4):
        here.kind.say("a", *[Break(K.CONTEXT_WINDOW)] * 2)
        assert [ask(here, input_tokens=3000).provider for _ in range(3)] == ["c", "c", "a"]


def test_a_window_is_tried_again_after_a_while() -> None:
    pulse = Pulse()
    last = REFUSALS_S + 5
    for at, tokens in ((0.0, 100), (10.0, 3000), (REFUSALS_S + 1, 5000), (last, 4000)):
        assert not pulse.outgrown(9000, now=at)
        pulse.too_large(tokens, now=at)
    assert pulse.outgrown(5000, now=last + OUTGROWN_S - 1)
    assert not pulse.outgrown(4999, now=last + 1)
    assert not pulse.outgrown(9000, now=last + OUTGROWN_S)


def test_what_fitted_says_nothing_of_what_is_larger() -> None:
    pulse = Pulse()
    for tokens in (3000, 5000, 4000):
        pulse.too_large(tokens, now=0.0)
    pulse.fitted(4999)
    assert pulse.outgrown(5000, now=1.0)
    pulse.fitted(5000)
    assert not pulse.outgrown(9000, now=1.0)


def test_a_larger_model_for_what_does_not_fit() -> None:
    here = world(
        [target("a", context_window=8000), target("b", context_window=4000), target("c", context_window=100_000)]
    )
    here.kind.always("a", Break(K.CONTEXT_WINDOW))
    assert ask(here).provider == "c"
    assert here.kind.names() == ["a", "c"]
    assert here.live.opened == []
    small = world([target("a", context_window=8000), target("b", context_window=8000)])
    small.kind.always("a", Break(K.CONTEXT_WINDOW))
    with pytest.raises(NoAnswer) as caught:
        ask(small)
    assert caught.value.failure is not None
    assert caught.value.failure.kind is K.CONTEXT_WINDOW
