"""The database is away in the middle of calls: answers are given, rows come later, nobody waits beyond a deadline."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import OperationalError

from providers import ledger
from providers.chat import ChatRequest, Completion
from providers.failures.kinds import FailureKind
from providers.live import process
from providers.models import Call, Decision
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from providers.routing.need import Need
from providers.states import CallOutcome, CallState
from providers.targets import Target
from tests.live.processes import until
from tests.providers_lab import Lab
from tests.routing.fakes import HELLO, REQUEST, Break, FakeCache, Say, World, need, with_ports, world
from tests.routing.real import real
from tests.routing.real import run as run_real
from tests.routing.virtual import run


def timed(here: World, **given: Any) -> tuple[str, float]:
    """The text, or the words of the error, and after how many seconds it came."""

    async def whole() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            text = (await complete(REQUEST, need(**given), ports=here.ports)).completion.text
        except NoAnswer as error:
            text = error.message
        return text, loop.time() - began

    return run(whole())


def test_nobody_waits_for_the_ledger_beyond_the_deadline_and_what_was_set_aside_is_given_back() -> None:
    here = world()
    here.ledger.takes_s = 50.0
    text, took_s = timed(here, deadline_s=20)
    assert text == "The ledger could not be written in time, so that nobody was asked."
    assert took_s == pytest.approx(20)
    assert here.kind.calls == []
    assert here.ledger.outcomes == [("a", "abandoned")]


def test_a_ledger_that_stays_away_is_said_so() -> None:
    here = world()
    here.ledger.away = True
    with pytest.raises(NoAnswer, match="ledger could not be written") as error:
        run(complete(REQUEST, need(), ports=here.ports))
    assert error.value.gates == {"busy"}
    assert here.kind.calls == []
    assert not here.live.failures


def test_the_first_failure_is_told_where_the_ledger_goes_away_after_it() -> None:
    here = world()

    def breaks() -> Break:
        here.ledger.away = True
        return Break(FailureKind.AUTHENTICATION)

    here.kind.always("a", breaks)
    with pytest.raises(NoAnswer) as error:
        run(complete(REQUEST, need(), ports=here.ports))
    assert [one.provider for one in error.value.calls] == ["a"]
    assert error.value.failure is not None
    assert error.value.failure.kind == FailureKind.AUTHENTICATION


def test_an_answer_does_not_wait_long_for_its_row_which_is_written_all_the_same() -> None:
    here = world()
    here.ledger.settling_s = 40.0
    text, took_s = timed(here)
    assert text == HELLO
    assert took_s == pytest.approx(5, abs=0.5)
    assert here.ledger.outcomes == [("a", "succeeded")]


def test_an_answer_that_came_in_time_is_not_late_for_its_row() -> None:
    here = world()
    here.ledger.settling_s = 40.0
    here.kind.always("a", Say(takes_s=8.0))
    text, took_s = timed(here, deadline_s=9)
    assert text == HELLO
    assert took_s <= 9.0


def test_a_cache_that_cannot_be_read_is_none(caplog: pytest.LogCaptureFixture) -> None:
    class Away(FakeCache):
        async def get(self, request: ChatRequest, need: Need, target: Target) -> Completion | None:
            raise OperationalError("the database is away")

    here = with_ports(world(), cache=Away())
    assert timed(here, cacheable=True)[0] == HELLO
    assert "routing.cache_not_read" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_warm")
def test_rows_that_the_database_was_away_for_are_written_when_it_is_back(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-lab-00000000")
    here, away, tried = real(lab), True, 0
    settle = ledger.settle

    def flaky(*given: Any) -> bool:
        nonlocal tried
        tried += 1
        if away:
            raise OperationalError("database is locked")
        return settle(*given)

    monkeypatch.setattr(ledger, "settle", flaky)
    try:
        answer = run_real(complete(REQUEST, here.need()))
        assert answer.provider == "a"
        until(lambda: tried > 2, "it was not tried again")
        assert Call.objects.get(workspace=here.workspace).state == CallState.RESERVED
        away = False
        until(lambda: Call.objects.get(workspace=here.workspace).state == CallState.SETTLED, "it was not written")
        row = Call.objects.get(workspace=here.workspace)
        assert (row.outcome, row.failure_reason, row.input_tokens > 0) == (CallOutcome.SUCCEEDED, "", True)
    finally:
        away = False
        process.stop()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_warm")
def test_a_ledger_that_cannot_be_written_asks_nobody(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-lab-00000000")
    here = real(lab)

    def away(*_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(ledger, "reserve", away)
    try:
        with pytest.raises(NoAnswer, match="ledger"):
            run_real(complete(REQUEST, here.need()))
    finally:
        process.stop()
    assert here.calls("a") == here.calls("b") == 0
    assert not Decision.objects.filter(workspace=here.workspace).exists()
