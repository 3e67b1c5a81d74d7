"""What was learned, read for one failure and for thousands."""

from __future__ import annotations

import uuid

import pytest
from pytest_django import DjangoAssertNumQueries

from projects.models import Task
from recovery.learning import read
from recovery.learning.evidence import HALF_LIFE
from recovery.learning.read import Failing, Learning, learned_for, learned_for_many
from recovery.learning.write import record_outcome
from recovery.situation import Learned
from recovery.states import Strategy
from tests.recovery.learning.rows import NOW, SIGNATURE, attempt_of, failed_task

pytestmark = [pytest.mark.feature("F3.8"), pytest.mark.django_db]
APPROACH, AGENT = Strategy.ALTERNATIVE_APPROACH, Strategy.RETRY_WITH_DIFFERENT_AGENT


def seen(task: Task, strategy: Strategy = APPROACH, *, good: bool = True, **given: object) -> None:
    record_outcome(attempt=attempt_of(task, strategy, **given), good=good, now=NOW)


def failing(task: Task) -> Failing:
    return Failing(
        workspace_id=task.build.workspace_id,
        failure_kind=task.error_kind,
        task_kind=task.kind,
        signature=task.fingerprint,
    )


def rates(task: Task, *, signature: str = "", task_kind: str = "implement") -> dict[Strategy, Learned]:
    return dict(
        learned_for(
            workspace_id=task.build.workspace_id, failure_kind="work", task_kind=task_kind, signature=signature, now=NOW
        )
    )


def test_nothing_was_learned() -> None:
    assert rates(failed_task()) == {}


def test_the_same_kind_and_the_very_same_failure(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    task = failed_task()
    seen(task, params={"approach": "flask"})
    seen(task, AGENT, good=False)
    with django_assert_num_queries(2):
        found = rates(task, signature=SIGNATURE)
    assert found[APPROACH] == Learned(good=1.0, bad=0.0, known=(1, 1), known_params={"approach": "flask"})
    assert found[AGENT] == Learned(good=0.0, bad=1.0, known=(0, 1))
    assert rates(task, signature="6" * 32)[APPROACH] == Learned(good=1.0)


def test_the_best_of_several_fixes_is_known() -> None:
    task = failed_task()
    seen(task, params={"approach": "django"}, good=False)
    seen(task, params={"approach": "flask"})
    seen(task, params={"approach": "aiohttp"}, good=False)
    found = rates(task, signature=SIGNATURE)[APPROACH]
    assert (found.known, found.known_params) == ((1, 1), {"approach": "flask"})


def test_other_kinds_of_task_lend_a_little() -> None:
    task, beside = failed_task(), failed_task(kind="refine")
    for _ in range(5):
        attempt = attempt_of(beside, APPROACH, workspace=task.build.workspace)
        record_outcome(attempt=attempt, good=True, now=NOW)
    assert rates(task)[APPROACH] == Learned(good=2.0)
    assert rates(task, task_kind="refine")[APPROACH] == Learned(good=5.0)


def test_other_workspaces_lend_nothing() -> None:
    seen(failed_task())
    assert rates(failed_task(), signature=SIGNATURE) == {}


def test_many_are_read_in_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = failed_task(), failed_task(error_kind="code", fingerprint="")
    seen(one)
    seen(two, AGENT, good=False)
    others = [
        Failing(workspace_id=one.build.workspace_id, failure_kind="work", task_kind="implement", signature=f"{n:032}")
        for n in range(500)
    ]
    wanted = [failing(one), failing(two), *others]
    with django_assert_num_queries(2):
        found = learned_for_many(wanted, now=NOW)
    assert found[failing(one)][APPROACH].known == (1, 1)
    assert found[failing(two)] == {AGENT: Learned(bad=1.0)}
    assert found[others[7]] == {APPROACH: Learned(good=1.0)}
    monkeypatch.setattr(read, "SIGNATURES_AT_ONCE", 100)
    with django_assert_num_queries(1 + 6):
        assert learned_for_many(wanted, now=NOW) == found


def test_a_batch_remembers_the_rates_of_its_chunks(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    task, again, other = failed_task(), failed_task(fingerprint="7" * 32), failed_task(error_kind="code")
    again.build = task.build
    seen(task)
    learning = Learning(NOW + HALF_LIFE)
    with django_assert_num_queries(2):
        learning.read([task, other])
    assert learning.of(task) == {APPROACH: Learned(good=0.5, known=(1, 1))}
    assert learning.of(other) == {}
    with django_assert_num_queries(1):
        learning.read([again])
    assert learning.of(again) == {APPROACH: Learned(good=0.5)}


def test_no_workspace_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one = Failing(workspace_id=uuid.uuid4(), failure_kind="work", task_kind="implement", signature="")
    with django_assert_num_queries(1):
        assert learned_for_many([one], now=NOW) == {one: {}}
