"""What pages read of the ledger: of one workspace, by provider, in time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from autodev.lib.clock import shifted
from providers import ledger, selectors
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.routing.need import Need
from providers.states import CallOutcome
from providers.targets import Target
from tests.factories.accounts import WorkspaceFactory
from tests.ledger.conftest import Reserving, choice, settlement, some_id

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def history(reserving: Reserving, need: Need, target: Target) -> Need:
    """A failed attempt and the good one after it, one from the cache, a bad probe, one in an emergency, one open."""
    late = Failure(kind=FailureKind.TIMEOUT, message="no first token", reason="deadline")
    first = ledger.reserve(reserving())
    ledger.settle(first.call_id, settlement(CallOutcome.FAILED, failure=late, cost_usd=Decimal(0), first_token_ms=None))
    second = ledger.reserve(reserving(attempt=2, choice=None, decision_id=first.decision_id))
    ledger.settle(second.call_id, settlement())
    ledger.cache_hit(need, target, request_id=some_id())
    ledger.probe(target, None, late, 12.0)
    switched = choice(target, leader="two", previous="one", trigger="threshold")
    emergency = ledger.reserve(reserving(target=replace(target, emergency=True, name="blueprint"), choice=switched))
    ledger.settle(emergency.call_id, settlement(cost_usd=Decimal(0)))
    ledger.reserve(reserving(choice=None))
    assert need.task_id is not None
    ledger.work_passed(need.task_id, True)
    return need


@pytest.mark.feature("F2.5")
def test_usage_counts_successes_failures_by_kind_and_what_was_no_success(history: Need) -> None:
    one, blueprint = selectors.usage(history.workspace_id)
    assert (one.provider, one.calls, one.successes, one.failures) == ("one", 4, 1, {"timeout": 1})
    assert (one.cache_hits, one.emergency, one.cost_usd) == (1, 0, Decimal("0.04"))
    assert (one.input_tokens, one.output_tokens) == (320, 40)
    assert (one.judged, one.passed) == (1, 1)
    assert (blueprint.provider, blueprint.successes, blueprint.emergency, blueprint.judged) == ("blueprint", 0, 1, 0)


def test_only_the_time_that_is_asked_for(history: Need) -> None:
    with shifted(3600):
        assert selectors.usage(history.workspace_id, over_s=1800) == []
        assert len(selectors.usage(history.workspace_id, over_s=7200)) == 2


def test_minutes_of_a_sparkline(history: Need) -> None:
    found = selectors.minutes(history.workspace_id)
    assert set(found) == {"one", "blueprint"}
    assert sum(minute.calls for minute in found["one"]) == 3
    assert sum(minute.failures for minute in found["one"]) == 1
    assert [minute.first_token_ms for minute in found["blueprint"]] == [100.0]
    assert found["one"][0].at.second == 0


def test_calls_by_what_is_asked(history: Need) -> None:
    of = history.workspace_id
    assert selectors.calls(of).count() == 6
    assert selectors.calls(of, provider="blueprint").get().emergency
    assert selectors.calls(of, purpose="probe").get().outcome == "failed"
    assert selectors.calls(of, outcome="succeeded", build_id=history.build_id).count() == 3
    failed = selectors.calls(of, provider="one", outcome="failed")
    assert [call.failure_text for call in failed] == ["no first token"] * 2


def test_decisions_with_their_attempts(history: Need) -> None:
    switch, first = selectors.decisions(history.workspace_id)
    assert [switch] == list(selectors.decisions(history.workspace_id, switches=True))
    assert selectors.decisions(history.workspace_id, task_kind="plan").count() == 0
    assert selectors.decisions(history.workspace_id, build_id=history.build_id).count() == 2
    found = selectors.decision(history.workspace_id, first.pk)
    assert found is not None
    assert [call.attempt for call in found.calls.all()] == [1, 2]


def test_another_workspace_sees_nothing_of_it(history: Need) -> None:
    stranger = WorkspaceFactory.create().pk
    assert not selectors.calls(stranger).exists()
    assert not selectors.decisions(stranger).exists()
    assert selectors.usage(stranger) == []
    assert selectors.minutes(stranger) == {}
    assert selectors.decision(stranger, selectors.decisions(history.workspace_id)[0].pk) is None


def test_now_is_the_databases(db: None) -> None:
    before = selectors.now()
    with shifted(100):
        assert 99 < (selectors.now() - before).total_seconds() < 160
