"""The first recovery: growing waits, a bounded number of attempts, no repetition of the same failure."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.engine import finish
from projects.engine.claim import Claimed, claim
from projects.engine.hooks import Failure
from projects.models import Build, Task
from projects.states import BuildState, TaskState
from recovery.decision import Decision, History, decide, delay_after
from recovery.hook import apply, on_failure
from tests.factories.projects import TaskFactory


def history(*fingerprints: str, attempts: int | None = None, kind: str = "tests") -> History:
    spent = len(fingerprints) if attempts is None else attempts
    return History(kind=kind, attempts=spent, max_attempts=5, fingerprints=fingerprints)


@pytest.mark.parametrize(
    ("past", "action", "reason"),
    [
        (history("a"), "retry", "Attempt 2 of 5"),
        (history("a", "b", "c", "d"), "retry", "Attempt 5 of 5"),
        (history("a", "b", "c", "d", "e"), "give_up", "All 5"),
        (history("a", "a"), "give_up", "same failure"),
        (history("a", "b", "a"), "give_up", "same failure"),
        (history("", ""), "retry", "Attempt 3"),
        (history(attempts=1), "retry", "Attempt 2"),
        (history("a", kind="no_handler"), "give_up", "Nothing would change"),
    ],
)
def test_decisions(past: History, action: str, reason: str) -> None:
    decision = decide(past, base_s=30, rng=random.Random(1))  # noqa: S311 - jitter, no secret
    assert decision.action == action
    assert reason in decision.reason


def test_delays_double_up_to_five_minutes() -> None:
    class Middle(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return (a + b) / 2

    assert [delay_after(n, base_s=30, rng=Middle()) for n in range(1, 7)] == [30, 60, 120, 240, 300, 300]


@given(attempt=st.integers(1, 1000), base_s=st.floats(1, 300), seed=st.integers())
def test_jitter_is_at_most_a_tenth(attempt: int, base_s: float, seed: int) -> None:
    delay = delay_after(attempt, base_s=base_s, rng=random.Random(seed))  # noqa: S311 - jitter, no secret
    assert 0.9 * base_s - 1e-6 <= delay <= 330 + 1e-6


def test_the_hook_writes_its_decision_once(claimed: Claimed, task: Task) -> None:
    failure = Failure(task_id=task.pk, epoch=1)
    finish.fail_attempt(claimed, kind="tests", message="2 failed", fingerprint="f")
    on_failure(failure)
    task.refresh_from_db()
    first = (task.wait_reason, task.next_run_at, Build.objects.get().version)
    assert first[0] == "Attempt 2 of 5."
    on_failure(failure)
    assert not apply(failure, Decision(action="give_up", reason="late"))
    on_failure(Failure(task_id=task.pk, epoch=7))
    task.refresh_from_db()
    assert (task.wait_reason, task.next_run_at, Build.objects.get().version) == first


def test_the_same_failure_twice_ends_the_build_and_says_why(claimed: Claimed, task: Task) -> None:
    TaskFactory.create(build=task.build, key="rest", state=TaskState.PENDING)
    finish.fail_attempt(claimed, kind="tests", message="2 failed", fingerprint="f")
    Task.objects.filter(pk=task.pk).update(state=TaskState.READY, next_run_at=None)
    again = claim("worker-a")
    assert again is not None
    finish.fail_attempt(again, kind="tests", message="2 failed", fingerprint="f")
    on_failure(Failure(task_id=task.pk, epoch=2))
    build = Build.objects.get()
    assert build.state == BuildState.FAILED
    assert build.errors == ["Do only: 2 failed The same failure came twice; trying the same again is refused."]
    assert Task.objects.get(key="rest").state == TaskState.CANCELLED


def test_a_task_the_build_can_do_without_fails_alone(build: Build) -> None:
    from projects.models import Dependency

    optional = TaskFactory.create(build=build, key="optional", critical=False)
    after = TaskFactory.create(build=build, key="after", state=TaskState.PENDING)
    Dependency.objects.create(task=after, needs=optional)
    taken = claim("worker-a")
    assert taken is not None
    finish.fail_attempt(taken, kind="no_handler", message="none", fingerprint="f")
    on_failure(Failure(task_id=optional.pk, epoch=1))
    build.refresh_from_db()
    after.refresh_from_db()
    assert (build.state, after.state) == (BuildState.RUNNING, TaskState.READY)
