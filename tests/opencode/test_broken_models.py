"""What models and gateways do wrong ends within a few requests, with the reason, whatever OpenCode itself would do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from providers.failures.kinds import FailureKind
from providers.kinds.base import ProviderFailure
from providers.kinds.opencode import OpenCodeKind
from providers.kinds.opencode.run import GO_ON
from tests.opencode.odd import EMPTY, ENDS_EARLY, HTML, NO_CHOICES, Odd
from tests.opencode.test_work import asked
from tests.programs.conftest import Here
from tests.providers_lab import Answer

pytestmark = [pytest.mark.slow, pytest.mark.feature("F2.2")]
# Three attempts of the gateway for each request, and three of those.
MOST_REQUESTS = 9


def fails(here: Here, **target: object) -> ProviderFailure:
    with pytest.raises(ProviderFailure) as failed:
        here.perform(OpenCodeKind(), here.job(), here.target("opencode", **target))
    return failed.value


@pytest.mark.parametrize("fault", ["empty_choices", "stream_close"])
def test_odd_answers_end_with_the_ledgers_word(here: Here, fault: str) -> None:
    here.lab.upstream("a").fail(fault)
    failed = fails(here)
    assert 1 <= len(asked(here)) <= MOST_REQUESTS
    assert failed.kind in {"malformed_answer", "empty_answer", "truncated_stream"}
    assert failed.kind == here.calls()[-1].failure_kind


def test_its_endless_loop_on_odd_answers_is_cut(here: Here, instead_of_the_gateway: Callable[..., Odd]) -> None:
    odd = instead_of_the_gateway(NO_CHOICES, HTML, EMPTY, ENDS_EARLY)
    failed = fails(here)
    assert failed.kind == FailureKind.EMPTY_ANSWER
    assert failed.details["limit"] == "empty"
    assert odd.asked <= 12  # left to itself it asks about twice a second, for ever


def test_silence_is_left(here: Here, instead_of_the_gateway: Callable[..., Odd]) -> None:
    odd = instead_of_the_gateway()
    failed = fails(here, params={"silence_seconds": 5})
    assert (failed.kind, failed.details["limit"]) == (FailureKind.TIMEOUT, "silence")
    assert odd.asked == 1


def test_a_long_retry_after_is_not_waited_for(here: Here) -> None:
    here.lab.upstream("a").fail("rate_limit; retry_after_s=600")
    failed = fails(here)
    assert (failed.kind, failed.outside) == (FailureKind.RATE_LIMIT, True)
    assert failed.retry_after_s is not None
    assert 500 < failed.retry_after_s <= 600
    assert len(asked(here)) == 1


def test_its_own_retries_are_few_and_told(here: Here) -> None:
    here.lab.upstream("a").fail("overloaded")
    failed = fails(here)
    assert (failed.kind, failed.outside) == (FailureKind.OVERLOADED, True)
    assert len(asked(here)) <= MOST_REQUESTS
    assert [entry["kind"] for entry in here.entries()].count("retry") <= 3


def test_a_bad_key_is_no_outage(here: Here) -> None:
    here.lab.upstream("a").fail("authentication")
    failed = fails(here)
    assert (failed.kind, failed.outside) == (FailureKind.AUTHENTICATION, False)
    assert len(asked(here)) <= 3


def test_answers_that_are_cut_off_are_gone_on_with_twice(here: Here) -> None:
    here.lab.upstream("a").answer(Answer(text="Once upon a time", finish="length"))
    failed = fails(here)
    assert failed.kind == FailureKind.OUTPUT_LIMIT
    assert [one.count(GO_ON) for one in asked(here)] == [0, 1, 2]
