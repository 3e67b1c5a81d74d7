"""Outcomes are counted once, and none is lost."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from autodev.lib.db import own_connections, write
from recovery.learning import write as learning_write
from recovery.learning.evidence import HALF_LIFE
from recovery.learning.write import record_outcome
from recovery.models import KnownFix, RecoveryAttempt, StrategyRecord
from recovery.states import Strategy
from tests.recovery.learning.rows import NOW, SIGNATURE, attempt_of, failed_task, record_of

pytestmark = [pytest.mark.feature("F3.8"), pytest.mark.django_db]
LATER = NOW + HALF_LIFE


def test_the_first_outcome_makes_both_rows() -> None:
    task = failed_task()
    attempt = attempt_of(task, params={"approach": "flask"}, message="No module named flask")
    assert record_outcome(attempt=attempt, good=True, now=NOW)
    row = record_of(task)
    assert (row.failure_kind, row.task_kind, row.good, row.bad, row.uses) == ("work", "implement", 1.0, 0.0, 1)
    fix = KnownFix.objects.get()
    assert (fix.signature, fix.strategy, fix.params) == (SIGNATURE, attempt.strategy, {"approach": "flask"})
    assert (fix.successes, fix.uses, fix.evidence, fix.example) == (1, 1, attempt, "No module named flask")
    assert fix.success_rate == 1.0


def test_a_repetition_changes_nothing() -> None:
    task = failed_task()
    attempt = attempt_of(task)
    assert record_outcome(attempt=attempt, good=False, now=NOW)
    assert not record_outcome(attempt=attempt, good=False, now=LATER)
    assert not record_outcome(attempt=RecoveryAttempt.objects.get(pk=attempt.pk), good=False, now=LATER)
    assert (record_of(task).bad, record_of(task).uses, KnownFix.objects.get().uses) == (1.0, 1, 1)


def test_older_outcomes_fade() -> None:
    task = failed_task()
    record_outcome(attempt=attempt_of(task), good=True, now=NOW)
    record_outcome(attempt=attempt_of(task), good=False, now=LATER)
    row = record_of(task)
    assert (row.good, row.bad, row.uses, row.updated_at) == (0.5, 1.0, 2, LATER)


def test_recovered_and_failed_again_is_turned() -> None:
    task = failed_task()
    attempt = attempt_of(task)
    record_outcome(attempt=attempt, good=True, now=NOW)
    assert record_outcome(attempt=attempt, good=False, now=NOW + dt.timedelta(minutes=5))
    row, fix = record_of(task), KnownFix.objects.get()
    assert row.good == 0.0
    assert row.bad == pytest.approx(1.0)
    assert (row.uses, fix.uses, fix.successes) == (1, 1, 0)
    attempt.refresh_from_db()
    assert attempt.learned is False


def test_what_carries_over_to_other_tasks_is_one_fix() -> None:
    task, other = failed_task(), failed_task()
    other.build = task.build
    for one, params in ((task, {"approach": "flask"}), (other, {"approach": "flask"}), (task, {"approach": "x"})):
        record_outcome(attempt=attempt_of(one, params=params), good=True, now=NOW)
    assert sorted(KnownFix.objects.values_list("uses", flat=True)) == [1, 2]


@pytest.mark.parametrize("strategy", [Strategy.ASK_A_PERSON, Strategy.GIVE_UP])
def test_the_ends_teach_nothing(strategy: Strategy) -> None:
    assert not record_outcome(attempt=attempt_of(failed_task(), strategy), good=False, now=NOW)
    assert not StrategyRecord.objects.exists()


def test_a_failure_without_a_signature_is_no_known_fix() -> None:
    task = failed_task(fingerprint="")
    record_outcome(attempt=attempt_of(task), good=True, now=NOW)
    assert record_of(task).uses == 1
    assert not KnownFix.objects.exists()


def test_who_counts_in_between_is_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    task = failed_task()
    first, second = attempt_of(task), attempt_of(task)
    added, calls = learning_write._added, 0

    def interrupted(seen: StrategyRecord, *, good: bool, first: bool, now: dt.datetime) -> bool:
        nonlocal calls
        calls += 1
        if calls == 1:
            record_outcome(attempt=second, good=False, now=now)
        return added(seen, good=good, first=first, now=now)

    monkeypatch.setattr(learning_write, "_added", interrupted)
    assert record_outcome(attempt=first, good=True, now=NOW)
    row = record_of(task)
    assert (row.good, row.bad, row.uses) == (1.0, 1.0, 2)
    assert calls == 3


def test_it_is_undone_with_the_transaction_around_it() -> None:
    attempt = attempt_of(failed_task())

    def breaks() -> None:
        record_outcome(attempt=attempt, good=True, now=NOW)
        raise KeyError

    with pytest.raises(KeyError):
        write(breaks)
    assert not StrategyRecord.objects.exists()
    assert record_outcome(attempt=RecoveryAttempt.objects.get(pk=attempt.pk), good=True, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_several_count_at_once() -> None:
    task = failed_task()
    mine = [[attempt_of(task) for _ in range(4)] for _ in range(3)]
    broke: list[BaseException] = []

    def count(attempts: list[RecoveryAttempt]) -> None:
        with own_connections():
            try:
                for attempt in attempts:
                    record_outcome(attempt=attempt, good=True, now=NOW)
            except BaseException as error:  # noqa: BLE001 - shown below
                broke.append(error)

    threads = [threading.Thread(target=count, args=(some,)) for some in mine]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broke
    assert (record_of(task).good, record_of(task).uses) == (12.0, 12)
    assert (KnownFix.objects.get().successes, KnownFix.objects.get().uses) == (12, 12)
