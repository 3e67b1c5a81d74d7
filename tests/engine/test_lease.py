"""Leases are renewed together, lost when others have the task, and not trusted longer than they may be."""

from __future__ import annotations

import pytest

from autodev.contracts.ports import Cancelled, Fenced
from autodev.lib import clock, failpoints
from autodev.lib.clock import shifted
from projects.engine import timing
from projects.engine.claim import Claimed
from projects.engine.lease import HeldLeases, Lease
from projects.engine.revoke import revoke_own
from projects.models import Task
from projects.services.cancel import cancel_build
from tests.engine.clock import HostClock


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> HostClock:
    return HostClock(monkeypatch)


@pytest.fixture
def leases(lease: Lease) -> HeldLeases:
    held = HeldLeases("worker-a")
    held.add(lease)
    return held


def test_a_renewal_moves_the_end_of_the_lease_by_the_database_clock(task: Task, leases: HeldLeases) -> None:
    task.refresh_from_db()
    before = task.lease_expires_at
    with shifted(20):
        leases.renew()
    task.refresh_from_db()
    assert task.lease_expires_at is not None
    assert before is not None
    assert 19 < (task.lease_expires_at - before).total_seconds() < 25


def test_trust_counts_from_the_start_of_the_renewal(host: HostClock, claimed: Claimed) -> None:
    lease = Lease(task_id=claimed.task.pk, epoch=claimed.epoch, started_at=clock.monotonic())
    host.now += timing.TRUST_S - 0.1
    lease.check()
    started = clock.monotonic()
    host.now += 5  # the answer took so long
    lease.renewed(started)
    host.now += timing.TRUST_S - 5.1
    lease.check()
    host.now += 0.2
    with pytest.raises(Fenced):
        lease.check()


def test_a_failed_renewal_does_not_extend_trust(
    host: HostClock, leases: HeldLeases, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    failpoints.set_faults("lease.renew=raise")
    host.now += 20
    with pytest.raises(Exception, match="failpoint"):
        leases.renew()
    host.now += 6
    leases.expire()
    assert lease.reason == "lost"
    assert lease.cancel.is_set()


def test_a_late_answer_cannot_shorten_trust(host: HostClock, lease: Lease) -> None:
    old = clock.monotonic()
    host.now += 10
    lease.renewed(clock.monotonic())
    lease.renewed(old)
    host.now += timing.TRUST_S - 1
    assert lease.is_trusted()


def test_a_lease_that_others_took_is_lost_at_the_next_beat(leases: HeldLeases, lease: Lease) -> None:
    assert revoke_own(lease.task_id, lease.epoch)
    leases.renew()
    with pytest.raises(Fenced):
        lease.check()


def test_a_cancelled_build_is_told_apart_from_a_lost_lease(task: Task, leases: HeldLeases, lease: Lease) -> None:
    cancel_build(build=task.build, user=None)
    leases.look()
    with pytest.raises(Cancelled) as stopped:
        lease.check()
    assert not stopped.value.shutdown


def test_a_look_leaves_what_is_held_alone(leases: HeldLeases, lease: Lease) -> None:
    leases.look()
    leases.expire()
    lease.check()


def test_a_loss_overrides_a_shutdown_but_not_the_other_way(lease: Lease) -> None:
    lease.end("shutdown")
    with pytest.raises(Cancelled) as stopped:
        lease.check()
    assert stopped.value.shutdown
    lease.end("lost")
    lease.end("shutdown")
    with pytest.raises(Fenced):
        lease.check()


def test_without_leases_a_beat_asks_nothing(db: None, django_assert_num_queries: object) -> None:
    held = HeldLeases("worker-a")
    with django_assert_num_queries(0):  # type: ignore[operator] # pytest-django's fixture has no public type
        held.renew()
        held.look()


def test_output_counts_as_progress_at_the_next_beat(task: Task, leases: HeldLeases, lease: Lease) -> None:
    task.refresh_from_db()
    before = task.progress_at
    with shifted(30):
        leases.renew()
        task.refresh_from_db()
        assert task.progress_at == before
        lease.saw_progress()
        leases.renew()
    task.refresh_from_db()
    assert before is not None
    assert task.progress_at is not None
    assert task.progress_at > before


def test_a_removed_lease_is_not_renewed(task: Task, leases: HeldLeases, lease: Lease) -> None:
    leases.remove(lease)
    task.refresh_from_db()
    before = task.lease_expires_at
    leases.renew()
    task.refresh_from_db()
    assert task.lease_expires_at == before
