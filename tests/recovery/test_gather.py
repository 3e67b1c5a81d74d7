"""What is known about a failure, read from rows that exist, in a number of queries that does not grow with them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from autodev.accounts.models import Workspace
from autodev.lib.clock import utcnow
from projects.engine.outcome import NewTask
from projects.models import Attempt, Build, Task
from projects.remedies import Approach, registry
from projects.states import RECOVERY, Phase, TaskState
from providers.models import Breaker, ConfigRevision, Provider
from recovery.askable import Askable
from recovery.changes import LastWorked, Present, Worked, changes
from recovery.gather import each, situation_of, situations
from recovery.numbers import patience_of
from recovery.rows import as_json, inputs_of
from recovery.states import RecoveryState, Strategy
from tests.factories.projects import BuildFactory, TaskFactory
from tests.factories.providers import call_of, lively
from tests.factories.recovery import RecoveryAttemptFactory, attempt_of
from tests.recovery.conftest import KIND, Offered

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F3.1")]


def waiting(build: Build, **more: Any) -> Task:
    given = {
        "kind": KIND, "epoch": 3, "state": TaskState.WAITING, "wait_reason": RECOVERY, "attempts": 1,
        "error_kind": "timeout", "last_error": "No answer.", "fingerprint": "f", **more,
    }  # fmt: skip
    return TaskFactory.create(build=build, **given)


def test_a_situation_holds_what_the_rows_say(build: Build, offered: Offered, settings: Settings) -> None:
    settings.MAX_AUTO_RECOVERY_ATTEMPTS = 4
    offered.parts_ = [NewTask(key=key, kind=KIND, phase=Phase.IMPLEMENT, title=key) for key in "ab"]
    offered.approaches_ = [Approach(name="small", told="Small")]
    offered.fallbacks_ = (80, 60)
    retry_at = utcnow() + dt.timedelta(minutes=7)
    Build.objects.update(deadline_at=utcnow() + dt.timedelta(hours=1))
    task = waiting(build, attempts=2, waits=1, critical=False, params={"recovery": {"depth": 1}})
    attempt_of(task, 1, provider="gpt", details={"asked": [{"provider": "local", "kind": "timeout"}, "odd"]})
    attempt_of(task, 2, outcome="succeeded", provider="blueprint")
    newest = attempt_of(task, 3, provider="claude", outcome="waiting")
    Attempt.objects.filter(pk=newest.pk).update(retry_at=retry_at)
    found = situation_of(Task.objects.get(pk=task.pk))
    assert (found.workspace_id, found.build_id, found.task_id, found.epoch) == (
        build.workspace_id, build.pk, task.pk, 3,
    )  # fmt: skip
    assert (found.provider, found.outside, found.retry_at) == ("claude", True, retry_at)
    assert found.avoid == ("gpt", "local", "claude")
    assert (found.attempts, found.max_attempts, found.waits, found.depth) == (2, 4, 1, 1)
    assert (found.parts, found.approaches, found.fallbacks) == (2, ("small",), (80, 60))
    assert found.left_s == pytest.approx(3600, abs=60)
    assert found.failed_at == newest.finished_at
    assert (found.critical, found.by_provider, found.providers) == (False, True, ())
    assert as_json(inputs_of(found))["retry_at"] == retry_at.isoformat()


def test_failures_before_the_counters_were_set_back_do_not_count(build: Build) -> None:
    task = waiting(build, attempts=2, waits=1, epoch=9)
    for epoch in range(1, 7):
        RecoveryAttemptFactory.create(task=task, epoch=epoch, number=epoch, signature=f"s{epoch}")
    RecoveryAttemptFactory.create(task=task, epoch=7, state=RecoveryState.EXHAUSTED)
    RecoveryAttemptFactory.create(task=task, epoch=9, state=RecoveryState.PLANNED)
    assert [past.signature for past in situation_of(task).history] == ["s5", "s6"]
    task.attempts, task.waits = 1, 0
    assert situation_of(task).history == []


def test_a_lost_worker_does_not_push_a_decision_out_of_sight(build: Build) -> None:
    task = waiting(build, epoch=9, attempts=2)
    RecoveryAttemptFactory.create(
        task=task, epoch=5, strategy=Strategy.SKIP_WITH_FALLBACK, params={"percent": 80}, state=RecoveryState.RELAPSED
    )
    for epoch in (6, 7):
        RecoveryAttemptFactory.create(task=task, epoch=epoch, failure_kind="worker_lost", state=RecoveryState.RELAPSED)
    assert [past.params for past in situation_of(task).history] == [{"percent": 80}]


def test_remedies_that_break_are_none(
    build: Build, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Offered):
        def parts(self, task: Task) -> Any:
            raise RuntimeError("no parts")

    monkeypatch.setitem(registry._remedies, KIND, Broken(fallbacks_=(80,)))
    found = situation_of(waiting(build))
    assert (found.parts, found.fallbacks) == (0, (80,))
    assert "recovery.remedies_broke" in caplog.text


def test_queries_do_not_grow_with_the_number_of_tasks(build: Build, offered: Offered) -> None:
    def cost(number: int) -> int:
        for _ in range(number):
            task = waiting(build)
            attempt_of(task, 3, error_kind="timeout")
            RecoveryAttemptFactory.create(task=task, epoch=1)
        rows = list(Task.objects.filter(wait_reason=RECOVERY))
        with CaptureQueriesContext(connection) as asked:
            assert len(situations(rows)) == len(rows)
        return len(asked)

    few = cost(2)
    assert cost(30) == few <= 12


def test_chunks_are_read_as_they_are_needed(build: Build) -> None:
    rows = [waiting(build) for _ in range(5)]
    found = each(iter(rows), chunk=2)
    with CaptureQueriesContext(connection) as first:
        next(found)
    with CaptureQueriesContext(connection) as second:
        next(found)
    assert len(first) > 5
    assert len(second) == 0
    assert len(list(found)) == 3


def test_a_task_whose_build_is_gone_is_left_out(build: Build) -> None:
    rows = [waiting(build)]
    Build.objects.filter(pk=build.pk).delete()
    assert situations(rows) == []


def test_who_could_be_asked_now(build: Build, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, f"sk-test-{name.lower()}-0000000000")
    providers = lively(workspace)
    assert Breaker.objects.get(provider=providers["claude"]).state == "open"
    found = situation_of(waiting(build, kind="implement"))
    assert found.by_provider
    assert "gpt" in found.providers
    assert "claude" not in found.providers
    assert "blueprint" not in found.providers


def test_a_configuration_that_nobody_understands_names_nobody(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    lively(workspace)
    Provider.objects.filter(workspace=workspace, name="gpt").update(document={"deadlines": "soon"})
    askable = Askable()
    assert askable.now(workspace.pk, "implement") == ()
    assert askable.now(workspace.pk, "plan") == ()
    assert caplog.text.count("recovery.providers_unreadable") == 1


def test_what_changed_since_it_last_worked(build: Build, workspace: Workspace) -> None:
    providers = lively(workspace)
    at = utcnow() - dt.timedelta(days=1)
    before = BuildFactory.create(project=build.project, tech_stack={"django": "5.1", "celery": "5.4", "old": "1"})
    older = TaskFactory.create(
        build=before, kind="implement", state=TaskState.SUCCEEDED, finished_at=at - dt.timedelta(days=1), base="0" * 40
    )
    good = TaskFactory.create(build=before, kind="implement", state=TaskState.SUCCEEDED, finished_at=at, base="a" * 40)
    call_of(providers["claude"], task_id=older.pk, model="older")
    call_of(providers["gpt"], task_id=good.pk, model="gpt-x", age_s=90)
    call_of(providers["gpt"], task_id=good.pk, model="gpt-y", age_s=60)
    ConfigRevision.objects.create(workspace=workspace, number=901, document={})
    Build.objects.filter(pk=build.pk).update(tech_stack={"django": "5.2", "celery": "5.4", "new": "2"})
    task = waiting(build, kind="implement", base="b" * 40)
    attempt_of(task, 3, provider="claude")
    revisions = ConfigRevision.objects.filter(workspace=workspace).count()
    assert situation_of(task).changed == (
        "Packages: django 5.1 → 5.2, new 2 is new, old is gone.",
        "It worked with gpt (gpt-y); claude failed.",
        f"The configuration of providers changed {revisions} time{'' if revisions == 1 else 's'}.",
        "It began at commit aaaaaaaa then, at bbbbbbbb now.",
    )
    assert situation_of(waiting(build, kind="plan")).changed == ()


def test_nothing_changed_says_nothing() -> None:
    then = Worked(task_id=BuildFactory.build().pk, at=utcnow(), base="a", stack={"django": "5.2"}, provider="gpt")
    assert changes(then, Present(base="a", stack={"django": "5.2"}, provider="gpt")) == ()
    assert changes(None, Present(revisions=3)) == ()
    many = {f"p{number}": "1" for number in range(8)}
    told = changes(
        Worked(task_id=then.task_id, at=then.at, stack=many), Present(stack=dict.fromkeys(many, "2"), revisions=1)
    )
    assert told[0].endswith("p4 1 → 2 and 3 more.")
    assert told[1] == "The configuration of providers changed 1 time."


def test_what_was_read_is_forgotten_before_it_is_too_much(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LastWorked, "MOST", 1)
    known = LastWorked()
    for kind in ("a", "b", "c"):
        known.read({(build.project_id, kind)}, {build.workspace_id})
    assert known.of((build.project_id, "a")) is None
    assert len(known._known) <= 2


@pytest.mark.feature("F3.3")
@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, 300.0), ({"patience_s": 0}, 0.0), ({"patience_s": 12.5}, 12.5), ({"patience_s": "soon"}, 300.0),
     ({"patience_s": True}, 300.0), ({"patience_s": -1}, 300.0)],
)  # fmt: skip
def test_a_build_has_its_own_patience(options: dict[str, Any], expected: float) -> None:
    assert patience_of(options) == expected


def test_learned_rates_are_read_along(build: Build) -> None:
    from recovery.learning.write import record_outcome

    row = RecoveryAttemptFactory.create(task=waiting(build), failure_kind="timeout", signature="f")
    record_outcome(attempt=row, good=True, now=utcnow())
    learned = situation_of(waiting(build)).learned[Strategy.RETRY_WITH_DELAY]
    assert learned.good == pytest.approx(1.0, abs=0.01)
    assert learned.known == (1, 1)
