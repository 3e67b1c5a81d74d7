"""Whether the work passed its checks is noted at the answers and in the health of who gave them."""

from __future__ import annotations

import pytest

from autodev.contracts.ports import Fenced
from providers import ledger
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.models import Breaker, Call
from providers.routing.need import Need
from providers.states import CallOutcome
from providers.targets import Target
from tests.ledger.conftest import Reserving, settlement, some_id

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.feature("F2.5")
def test_work_that_passed_and_work_that_did_not(reserving: Reserving, need: Need, target: Target) -> None:
    assert need.task_id is not None
    answered = ledger.reserve(reserving())
    failed = ledger.reserve(reserving(attempt=2))
    ledger.settle(answered.call_id, settlement())
    failure = Failure(kind=FailureKind.TIMEOUT, message="late", reason="test")
    ledger.settle(failed.call_id, settlement(CallOutcome.FAILED, failure=failure))
    ledger.cache_hit(need, target, request_id=some_id())
    assert ledger.work_passed(need.task_id, False) == 1
    assert Call.objects.get(pk=answered.call_id).work_passed is False
    assert Call.objects.get(pk=failed.call_id).work_passed is None
    repaired = ledger.reserve(reserving())
    ledger.settle(repaired.call_id, settlement())
    assert ledger.work_passed(need.task_id, True) == 1
    assert Call.objects.get(pk=answered.call_id).work_passed is False
    assert Call.objects.get(pk=repaired.call_id).work_passed is True
    health = Breaker.objects.get(provider_id=target.id).health
    assert (health["quality"], health["quality_samples"]) == (0.2, 2)
    assert ledger.work_passed(need.task_id, True) == 0


def test_a_task_that_asked_nobody(db: None) -> None:
    assert ledger.work_passed(some_id(), True) == 0


@pytest.mark.feature("F2.5")
def test_who_has_lost_the_task_notes_nothing(reserving: Reserving, need: Need, target: Target) -> None:
    assert need.task_id is not None
    answered = ledger.reserve(reserving())
    ledger.settle(answered.call_id, settlement())

    def fence() -> None:
        raise Fenced("the task is another's")

    with pytest.raises(Fenced):
        ledger.work_passed(need.task_id, True, fence=fence)
    assert Call.objects.get(pk=answered.call_id).work_passed is None
    assert not Breaker.objects.filter(provider_id=target.id, health__quality_samples__gt=0).exists()
    assert ledger.work_passed(need.task_id, False, fence=lambda: None) == 1
