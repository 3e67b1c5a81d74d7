"""The one way to write: in order, repeated after a broken connection, never twice."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from autodev.accounts.models import Workspace
from autodev.lib import db, failpoints
from autodev.lib.db import FifoLock, drop_broken_connection, is_transient, own_connections, write
from autodev.lib.failpoints import failpoint, parse
from tests.factories.accounts import WorkspaceFactory

database = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it waited; nobody does."""
    waited: list[float] = []
    monkeypatch.setattr(db, "_pause", waited.append)
    return waited


def test_a_fifo_lock_serves_in_the_order_of_arrival() -> None:
    lock, order = FifoLock(), []
    threads = []

    def take(number: int) -> None:
        with lock:
            order.append(number)

    with lock:
        for number in range(5):
            thread = threading.Thread(target=take, args=(number,))
            thread.start()
            threads.append(thread)
            while len(lock._waiters) <= number:
                pass
    for thread in threads:
        thread.join(60)
    assert order == [0, 1, 2, 3, 4]
    with lock:
        assert lock._held


@database
def test_a_write_is_one_transaction() -> None:
    def broken() -> None:
        WorkspaceFactory.create()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write(broken)
    assert not Workspace.objects.exists()
    assert write(lambda: WorkspaceFactory.create().pk) == Workspace.objects.get().pk


@pytest.mark.django_db
def test_within_a_transaction_it_is_a_savepoint() -> None:
    def broken() -> None:
        WorkspaceFactory.create()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write(broken)
    write(WorkspaceFactory.create)
    assert Workspace.objects.count() == 1


@database
def test_it_is_repeated_with_growing_pauses_until_patience_ends(
    pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    from autodev.lib import clock

    times = iter(range(100))
    monkeypatch.setattr(clock, "monotonic", lambda: float(next(times)))
    failpoints.set_faults("write.before_commit=raise")
    with pytest.raises(OperationalError):
        write(WorkspaceFactory.create, patience_s=8)
    assert pauses[:4] == [0.05, 0.1, 0.2, 0.4]
    assert not Workspace.objects.exists()


@database
def test_a_commit_that_happened_is_seen_and_not_repeated() -> None:
    failpoints.set_faults("write.after_commit=raise@1")
    made = write(
        lambda: WorkspaceFactory.create(slug="once"), landed=lambda: Workspace.objects.filter(slug="once").first()
    )
    assert made.slug == "once"
    assert Workspace.objects.count() == 1


@database
def test_a_check_that_cannot_ask_is_asked_again() -> None:
    failpoints.set_faults("write.after_commit=raise@1,look=raise@1")
    runs: list[int] = []

    def make() -> int:
        runs.append(1)
        Workspace.objects.get_or_create(slug="s", name="s")
        return 1

    def look() -> int | None:
        failpoint("look")
        return 1

    assert write(make, landed=look) == 1
    assert len(runs) == 2


@database
def test_a_lost_connection_is_replaced() -> None:
    runs: list[int] = []

    def make() -> int:
        runs.append(1)
        if len(runs) == 1:
            connection.connection.close()
            raise OperationalError("server closed the connection unexpectedly; locked")
        return WorkspaceFactory.create().pk is not None

    assert write(make)
    assert len(runs) == 2
    assert Workspace.objects.count() == 1


@database
def test_a_defect_is_not_repeated(pauses: list[float]) -> None:
    with pytest.raises(DatabaseError):
        write(lambda: connection.cursor().execute("SELECT * FROM nowhere"))
    assert pauses == []


def test_what_can_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(connection), "vendor", "sqlite", raising=False)
    assert is_transient(OperationalError("database is locked"))
    assert is_transient(OperationalError("database or disk is full"))
    assert not is_transient(OperationalError("no such table: x"))
    monkeypatch.setattr(type(connection), "vendor", "postgresql", raising=False)
    assert is_transient(InterfaceError("connection already closed"))


@database
def test_a_usable_connection_is_kept() -> None:
    connection.ensure_connection()
    before = connection.connection
    drop_broken_connection()
    assert connection.connection is before


@database
def test_threads_close_what_they_opened() -> None:
    from django.db import connections

    seen: list[object] = []

    def body() -> None:
        with own_connections():
            Workspace.objects.exists()
        seen.append(connections["default"].connection)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join(60)
    assert seen == [None]


def test_faults_are_read_and_wrong_ones_named() -> None:
    faults = parse("a=kill9@3, b=raise@0.5,c=stop")
    assert (faults["a"].at, faults["b"].probability, faults["c"].at) == (3, 0.5, None)
    for wrong in ("a", "a=explode", "=kill9@"):
        with pytest.raises(ValueError, match=r"failpoint|invalid"):
            parse(wrong)


def test_a_fault_fires_at_its_passage_or_by_chance() -> None:
    failpoints.set_faults("third=raise@3,never=raise@0.0")
    fired = []
    for passage in range(1, 6):
        try:
            failpoint("third")
        except OperationalError:
            fired.append(passage)
        failpoint("never")
        failpoint("unknown")
    assert fired == [3]
