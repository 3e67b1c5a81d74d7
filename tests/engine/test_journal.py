"""What was done once is replayed; nothing is written at an epoch that is gone."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from autodev.contracts.ports import Fenced
from autodev.lib import aio, db, failpoints
from projects.engine.claim import Claimed, claim
from projects.engine.context import TaskContext
from projects.engine.fence import fence
from projects.engine.journal import Journal
from projects.engine.lease import Lease
from projects.engine.revoke import revoke_own
from projects.models import Step, Task


def again(ctx: TaskContext) -> Journal:
    """The journal of the next attempt."""
    revoke_own(ctx.task.id, ctx.task.epoch)
    taken = claim("worker-b")
    assert taken is not None
    return Journal(task_id=taken.task.pk, epoch=taken.epoch, check_alive=lambda: None)


def test_an_answer_is_recorded_and_replayed_in_the_next_attempt(ctx: TaskContext) -> None:
    calls: list[int] = []

    def ask() -> dict[str, object]:
        calls.append(1)
        return {"text": "yes", "n": [1, 2]}

    first = ctx.journal.once("ask", ask, title="Asked", kind="model")
    assert ctx.journal.once("ask", ask) == first == {"text": "yes", "n": [1, 2]}
    assert again(ctx).once("ask", ask) == first
    assert len(calls) == 1
    step = Step.objects.get()
    assert (step.title, step.kind, step.epoch) == ("Asked", "model", 1)


def test_none_is_an_answer_too(ctx: TaskContext) -> None:
    assert ctx.journal.once("none", lambda: None) is None
    assert again(ctx).once("none", lambda: 1 / 0) is None


def test_what_fails_is_not_recorded(ctx: TaskContext) -> None:
    with pytest.raises(ZeroDivisionError):
        ctx.journal.once("bad", lambda: 1 / 0)
    assert ctx.journal.once("bad", lambda: 2) == 2


def test_the_first_answer_equals_the_replayed_one(ctx: TaskContext) -> None:
    first = ctx.journal.once("odd", lambda: {1: ("a", "b\0c", "\ud800")})
    assert first == {"1": ["a", "b\ufffdc", "?"]}
    assert again(ctx).once("odd", lambda: None) == first


def test_numbers_that_are_none_and_odd_titles_are_stored(ctx: TaskContext) -> None:
    answer = {"a": [float("nan"), float("inf"), -1.5], "b": {"c": float("-inf")}}
    first = ctx.journal.once("odd", lambda: answer, title="asked\0\ud800")
    assert first == {"a": [None, None, -1.5], "b": {"c": None}}
    assert again(ctx).once("odd", lambda: None) == first
    assert Step.objects.get().title == "asked\ufffd?"


def test_what_json_does_not_know_is_refused_before_it_is_lost(ctx: TaskContext) -> None:
    with pytest.raises(TypeError):
        ctx.journal.once("object", object)
    assert not Step.objects.exists()


def test_a_zombie_records_nothing_and_calls_nothing_more(ctx: TaskContext, lease: Lease) -> None:
    revoke_own(ctx.task.id, ctx.task.epoch)
    with pytest.raises(Fenced):
        ctx.journal.once("late", lambda: 1)
    assert not Step.objects.exists()
    lease.end("lost")
    with pytest.raises(Fenced):
        ctx.journal.once("later", lambda: pytest.fail("called"))


def test_the_same_key_of_another_writer_is_an_error(ctx: TaskContext) -> None:
    assert not ctx.journal.knows("a")
    Step.objects.create(task_id=ctx.task.id, key="a", epoch=0)
    with pytest.raises(IntegrityError):
        ctx.journal.record("a", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", ["write.after_commit=raise@1", "write.before_commit=raise@1"])
def test_an_error_around_the_commit_records_once(ctx: TaskContext, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "_pause", lambda _: None)
    failpoints.set_faults(fault)
    assert ctx.journal.once("a", lambda: 1) == 1
    assert Step.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_ambiguous_commit_that_shows_late_is_taken_as_done(
    ctx: TaskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check after the error finds nothing, the repetition runs into the unique key."""
    monkeypatch.setattr(db, "_pause", lambda _: None)
    write = db.write
    monkeypatch.setattr("projects.engine.journal.write", lambda fn, landed: write(fn))
    failpoints.set_faults("write.after_commit=raise@1")
    assert ctx.journal.once("a", lambda: 1) == 1
    assert Step.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_async_journal_calls_on_the_loop_and_writes_in_the_slot(ctx: TaskContext) -> None:
    calls: list[str] = []

    async def ask() -> str:
        import threading

        calls.append(threading.current_thread().name)
        return "yes"

    assert aio.run(ctx.async_journal.once("ask", ask)) == "yes"
    assert aio.run(ctx.async_journal.once("ask", ask)) == "yes"
    assert calls == ["event-loop"]
    assert Step.objects.get().output == "yes"


@pytest.mark.django_db(transaction=True)
def test_the_async_journal_is_fenced(ctx: TaskContext) -> None:
    async def ask() -> str:
        return "late"

    revoke_own(ctx.task.id, ctx.task.epoch)
    with pytest.raises(Fenced):
        aio.run(ctx.async_journal.once("ask", ask))


@pytest.mark.django_db(transaction=True)
def test_a_fence_outside_of_a_transaction_is_a_defect(claimed: Claimed) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        fence(claimed.task.pk, claimed.epoch)
    assert Task.objects.get().epoch == 1
