"""Calls whose process died: they count as spent, once, and a process that comes back corrects them."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connections

from autodev.lib.clock import shifted
from providers import ledger
from providers.live import owner
from providers.models import Budget, Call
from providers.states import CallState
from tests.ledger.conftest import Reserving, settlement

pytestmark = pytest.mark.django_db(transaction=True)


def child(work: Callable[[], object]) -> int:
    """Runs `work` in a process that is killed after it; gives the status."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.feature("F2.5")
def test_calls_of_a_killed_process_are_settled_at_what_was_reserved(
    reserving: Reserving, budget: Budget, data_dir: Path
) -> None:
    mine = ledger.reserve(reserving(estimate_usd=Decimal("0.01")))
    assert child(lambda: ledger.reserve(reserving())) == -signal.SIGKILL
    assert Call.objects.filter(state=CallState.RESERVED).count() == 2
    assert ledger.sweep() == 1
    assert ledger.sweep() == 0
    orphan = Call.objects.exclude(pk=mine.call_id).get()
    assert (orphan.state, orphan.outcome, orphan.cost_usd) == ("settled", "abandoned", Decimal("0.1"))
    budget.refresh_from_db()
    assert (budget.spent_usd, budget.reserved_usd) == (Decimal("0.1"), Decimal("0.01"))
    assert owner.dead_here() == []
    assert Call.objects.get(pk=mine.call_id).state == CallState.RESERVED


def test_calls_of_another_host_are_given_up_after_longer_than_any_can_take(
    reserving: Reserving, budget: Budget
) -> None:
    done = ledger.reserve(reserving())
    Call.objects.update(owner="elsewhere-1-abcd")
    assert ledger.sweep() == 0
    with shifted(3 * 3600):
        assert ledger.sweep() == 1
    budget.refresh_from_db()
    assert budget.spent_usd == Decimal("0.1")
    assert ledger.settle(done.call_id, settlement())
    budget.refresh_from_db()
    assert (budget.spent_usd, budget.reserved_usd, budget.spent_calls) == (Decimal("0.04"), Decimal(0), 1)
    call = Call.objects.get()
    assert (call.outcome, call.cost_usd, call.failure_reason) == ("succeeded", Decimal("0.04"), "")


def test_a_child_does_not_keep_its_parent_alive(data_dir: Path) -> None:
    """A worker's children are forked, and may outlive it."""
    ready, go = multiprocessing.Pipe()

    def parent() -> None:
        ready_name = owner.name()
        if os.fork() == 0:
            signal.pause()  # until the test ends it
        ready.send(ready_name)
        os._exit(0)

    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        parent()
    os.waitpid(pid, 0)
    try:
        assert go.poll(10)
        assert owner.is_dead(go.recv())
    finally:
        os.killpg(pid, signal.SIGKILL)


def test_a_process_that_is_there_is_not_dead(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "_name", "")
    assert owner.dead_here() == []
    mine = owner.name()
    assert (data_dir / "run" / "providers" / mine).exists()
    assert not owner.is_dead(mine)
    assert not owner.is_dead("elsewhere-1-abcd")
    assert not owner.is_dead(mine + "0")
    (data_dir / "run" / "providers" / (mine + "1")).touch()
    assert owner.dead_here() == [mine + "1"]
