"""A slot claims the next task in the transaction that ends the one before; it holds it once that has committed."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from autodev.lib import db, failpoints
from projects.engine import doorbell, worker
from projects.engine.claim import something_ready
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.engine.slots import Slot
from projects.engine.worker import Engine
from projects.models import Attempt, AttemptOutcome, Build, Task
from projects.states import TaskState
from tests.engine.conftest import Handle
from tests.engine.processes import until
from tests.factories.projects import TaskFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def engine(build: Build, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Not started; three tasks are ready."""
    monkeypatch.setattr(db, "_pause", lambda _: None)
    TaskFactory.create_batch(3, build=build)
    return Engine(slots=1)


@pytest.fixture
def slot(engine: Engine) -> Slot:
    return engine._slots[0]


def ended() -> set[tuple[str, int]]:
    return set(Task.objects.values_list("state", "epoch"))


def test_an_end_and_the_next_claim_are_one_commit(
    engine: Engine, slot: Slot, handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[object] = []
    commit = db._commit

    def counted(fn):  # type: ignore[no-untyped-def] # as the function it stands for
        commits.append(fn)
        return commit(fn)

    monkeypatch.setattr(db, "_commit", counted)
    assert slot.work_one()
    assert len(commits) == 1 + 3
    assert ended() == {(TaskState.SUCCEEDED, 1)}
    assert not slot.work_one()
    assert engine.leases.all() == []


@pytest.mark.parametrize(
    "fault", ["write.before_commit=raise@2", "write.after_commit=raise@2", "finish.before=raise@2"]
)
def test_an_error_around_the_commit_neither_loses_nor_doubles_the_claim(
    engine: Engine, slot: Slot, handle: Handle, fault: str
) -> None:
    failpoints.set_faults(fault)
    try:
        slot.work_one()
    except OperationalError:
        assert fault.startswith("finish")
        slot._give_back()
        assert slot.work_one()
    assert {state for state, _ in ended()} == {TaskState.SUCCEEDED}
    assert Attempt.objects.filter(outcome=AttemptOutcome.SUCCEEDED).count() == 3
    assert not Attempt.objects.filter(outcome=AttemptOutcome.RUNNING).exists()
    assert not Task.objects.exclude(crashes=0, attempts=0).exists()
    assert engine.leases.all() == []


def test_an_error_after_the_claim_leaves_it_for_the_next_round(engine: Engine, slot: Slot, handle: Handle) -> None:
    failpoints.set_faults("claim.after=raise@2")
    with pytest.raises(OperationalError):
        slot.work_one()
    assert [lease.key for lease in engine.leases.all()] == list(
        Task.objects.filter(state=TaskState.RUNNING).values_list("pk", "epoch")
    )
    slot._give_back()
    assert slot.work_one()
    assert ended() == {(TaskState.SUCCEEDED, 1)}


def test_a_stop_ends_the_chain(engine: Engine, slot: Slot, handle: Handle) -> None:
    def stop(ctx: TaskContext) -> Outcome:
        engine._stopping.set()
        return Succeeded(merge=False)

    handle("noop", stop)
    assert slot.work_one()
    assert sorted(Task.objects.values_list("state", flat=True)) == ["ready", "ready", "succeeded"]
    assert Attempt.objects.count() == 1


def test_what_was_claimed_along_is_given_back_at_a_stop(engine: Engine, slot: Slot, handle: Handle) -> None:
    failpoints.set_faults("claim.after=raise@2")
    with pytest.raises(OperationalError):
        slot.work_one()
    engine._stopping.set()
    assert slot.work_one()
    assert sorted(Task.objects.values_list("state", "attempts", "crashes")) == [
        ("ready", 0, 0),
        ("ready", 0, 0),
        ("succeeded", 0, 0),
    ]


def test_a_bell_makes_the_poll_look_at_leases_and_leaves_the_work_to_the_slots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, looked = list[object](), list[int]()

    def ask(**only: object) -> bool:
        asked.append(only)
        return something_ready()

    monkeypatch.setattr(worker, "something_ready", ask)
    monkeypatch.setattr(worker, "LOOK_EVERY_S", 0.01)
    engine = Engine(slots=1, poll_s=60)
    monkeypatch.setattr(engine.leases, "look", lambda: looked.append(1))
    engine.start()
    for rings in range(1, 4):
        until(lambda: len(looked) >= rings, "the poll did not hear the bell")  # noqa: B023 - called at once
        doorbell.here.ring()
    engine.stop()
    assert len(asked) == 1
