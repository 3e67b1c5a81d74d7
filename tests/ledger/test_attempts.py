"""An attempt in the ledger: reserved with its decision and its budgets, settled once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodev.lib import failpoints
from providers import ledger
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.live import owner, process
from providers.live.view import DrillView
from providers.models import Budget, Call, Decision, Provider
from providers.routing.need import Need
from providers.routing.ports import BudgetExceeded
from providers.states import CallOutcome, CallPurpose, CallState
from providers.targets import Target
from tests.ledger.conftest import Reserving, choice, settlement, some_id

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_attempt_is_two_transactions(reserving: Reserving, budget: Budget) -> None:
    with CaptureQueriesContext(connection) as queries:
        done = ledger.reserve(reserving())
        assert ledger.settle(done.call_id, settlement())
    begun = [query["sql"] for query in queries.captured_queries if query["sql"].startswith("BEGIN")]
    assert len(begun) == 2
    statements = [query["sql"].split()[0] for query in queries.captured_queries]
    assert [word for word in statements if word in {"SELECT", "INSERT", "UPDATE"}] == [
        "SELECT", "UPDATE", "INSERT", "INSERT",
        "UPDATE", "UPDATE",
    ]  # fmt: skip


def test_what_stands_in_the_ledger(reserving: Reserving, budget: Budget, need: Need) -> None:
    done = ledger.reserve(reserving())
    call = Call.objects.select_related("decision").get(pk=done.call_id)
    assert (call.state, call.reserved_usd, call.owner) == (CallState.RESERVED, Decimal("0.1"), owner.name())
    assert (call.provider_name, call.key_name, call.task_id) == ("one", "env:OPENAI_API_KEY", need.task_id)
    assert call.decision is not None
    assert call.decision.pk == done.decision_id
    assert [place["name"] for place in call.decision.candidates] == ["one", "two"]
    assert call.decision.inputs["leader"] == "one"
    budget.refresh_from_db()
    assert (budget.reserved_usd, budget.reserved_calls) == (Decimal("0.1"), 1)
    ledger.settle(done.call_id, settlement())
    call.refresh_from_db()
    assert (call.state, call.outcome, call.cost_usd) == ("settled", "succeeded", Decimal("0.04"))
    assert (call.input_tokens, call.output_tokens, call.cached_tokens) == (100, 20, 5)
    assert (call.first_token_ms, call.total_ms, call.model) == (100, 812, "one-2026")
    assert call.finished_at is not None
    budget.refresh_from_db()
    assert (budget.reserved_usd, budget.spent_usd, budget.spent_calls) == (Decimal(0), Decimal("0.04"), 1)


def test_a_failed_attempt_says_what_failed(reserving: Reserving) -> None:
    done = ledger.reserve(reserving())
    failure = Failure(
        kind=FailureKind.RATE_LIMIT,
        message="slow\x00 down \ud83d " + 600 * "x",
        reason="status-429",
        http_status=429,
        retry_after_s=2.5,
    )
    ledger.settle(done.call_id, settlement(CallOutcome.FAILED, failure=failure, first_token_ms=None, model=""))
    call = Call.objects.get(pk=done.call_id)
    assert (call.outcome, call.failure_kind, call.http_status, call.retry_after_s) == ("failed", "rate_limit", 429, 2.5)
    assert call.failure_text.startswith("slow\ufffd down ? xxx")
    assert len(call.failure_text) == 500
    assert (call.first_token_ms, call.model) == (None, "openai/one")


def test_the_next_attempt_of_a_request_has_the_same_decision(reserving: Reserving) -> None:
    first = ledger.reserve(reserving())
    second = ledger.reserve(reserving(attempt=2, choice=None, decision_id=first.decision_id))
    assert second.decision_id == first.decision_id
    assert Decision.objects.count() == 1
    assert list(Call.objects.order_by("pk").values_list("attempt", flat=True)) == [1, 2]


def test_without_room_in_the_budget_nothing_is_written(reserving: Reserving, budget: Budget) -> None:
    ledger.reserve(reserving())
    with pytest.raises(BudgetExceeded) as refused:
        ledger.reserve(reserving())
    assert refused.value.scope == "workspace"
    assert (Call.objects.count(), Decision.objects.count()) == (1, 1)


def test_the_emergency_provider_needs_no_budget(reserving: Reserving, budget: Budget, target: Target) -> None:
    emergency = replace(target, emergency=True)
    done = ledger.reserve(reserving(target=emergency, estimate_usd=Decimal(5)))
    ledger.settle(done.call_id, settlement(cost_usd=Decimal(0)))
    assert Call.objects.get().emergency
    budget.refresh_from_db()
    assert (budget.reserved_calls, budget.spent_calls) == (0, 0)


def test_a_call_is_settled_once(reserving: Reserving, budget: Budget) -> None:
    done = ledger.reserve(reserving())
    assert ledger.settle(done.call_id, settlement())
    assert not ledger.settle(done.call_id, settlement(cost_usd=Decimal(9)))
    assert not ledger.settle(some_id(), settlement())
    budget.refresh_from_db()
    assert budget.spent_usd == Decimal("0.04")


@pytest.mark.parametrize("boundary", ["write.before_commit", "write.after_commit"])
def test_a_connection_that_breaks_at_the_commit_reserves_and_settles_once(
    reserving: Reserving, budget: Budget, boundary: str
) -> None:
    try:
        failpoints.set_faults(f"{boundary}=raise@1")
        done = ledger.reserve(reserving())
        failpoints.set_faults(f"{boundary}=raise@1")
        assert ledger.settle(done.call_id, settlement())
    finally:
        failpoints.set_faults("")
    budget.refresh_from_db()
    assert (Call.objects.count(), Decision.objects.count()) == (1, 1)
    assert (budget.reserved_usd, budget.spent_usd, budget.spent_calls) == (Decimal(0), Decimal("0.04"), 1)


def test_a_provider_that_was_removed_meanwhile_is_no_error(reserving: Reserving) -> None:
    Provider.objects.all().delete()
    done = ledger.reserve(reserving())
    call = Call.objects.get(pk=done.call_id)
    assert (call.provider, call.provider_name) == (None, "one")
    assert call.decision_id == done.decision_id is not None


def test_a_drill_is_told(reserving: Reserving, target: Target) -> None:
    drill = DrillView(id=some_id(), provider="one", fault="hang", share=1.0, since=0.0, until=1.0)
    done = ledger.reserve(reserving(drill=drill))
    assert Call.objects.get(pk=done.call_id).injected


def test_answers_from_the_cache_probes_and_decisions_that_nobody_could_follow(need: Need, target: Target) -> None:
    request_id = some_id()
    hit = Call.objects.get(pk=ledger.cache_hit(need, target, request_id=request_id))
    assert (hit.cache_hit, hit.cost_usd, hit.request_id, hit.outcome) == (True, Decimal(0), request_id, "succeeded")
    failure = Failure(kind=FailureKind.UNAVAILABLE, message="503", reason="status", http_status=503)
    probe = Call.objects.get(pk=ledger.probe(target, None, failure, 31.7))
    assert (probe.purpose, probe.outcome, probe.total_ms) == (CallPurpose.PROBE, "failed", 32)
    nobody = choice(target, candidates=(), leader="")
    row = Decision.objects.get(pk=ledger.decision(need, nobody, trigger="nobody"))
    assert (row.chosen, row.trigger) == ("", "nobody")


def test_who_leads_is_known_to_the_process_at_once(reserving: Reserving, target: Target, need: Need) -> None:
    ledger.reserve(reserving())
    try:
        process.view(need.workspace_id)
        ledger.reserve(reserving(choice=choice(target, leader="two", previous="one", trigger="immediate")))
        view = process.live().view(need.workspace_id)
        assert view is not None
        assert view.incumbents["analyse"].provider == "two"
    finally:
        process.stop()
    assert Decision.objects.filter(previous="one", trigger="immediate").count() == 1
