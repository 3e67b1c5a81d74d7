"""Rows by plain statements come out as those of the ORM."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, transaction
from django.db.models import F, Model

from autodev.events.models import Event
from autodev.lib import rows
from autodev.lib.clock import db_now, utcnow
from autodev.lib.rows import Sql, Statement
from projects.models import Attempt, Build, Step, Task
from projects.states import BuildState
from tests.factories.projects import TaskFactory

pytestmark = pytest.mark.django_db


def values(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_inserted_rows_are_read_back_as_they_were(task: Task) -> None:
    first, second = (
        Step(task=task, key=f"k{n}", output={"a": [1, None, "ü"]}, epoch=n, commit="c" * 40) for n in range(2)
    )
    rows.insert(first, second)
    assert list(Step.objects.order_by("key").values()) == [values(first), values(second)]
    with pytest.raises(IntegrityError):
        rows.insert(Step(task=task, key="k0", epoch=3))


def test_a_row_without_its_optional_values(db: None) -> None:
    rows.insert(Event(type="a.b"))
    event = Event.objects.get()
    assert (event.workspace_id, event.version, event.payload) == (None, None, {})
    assert abs((event.created_at - utcnow()).total_seconds()) < 5


def test_entries_are_rows_whose_missing_values_are_the_fields_defaults(task: Task) -> None:
    given = [{"task_id": task.pk, "epoch": n, "owner": "w"} for n in (1, 2)]
    rows.run(*rows.entries(Attempt, *given))
    for row, one in zip(Attempt.objects.order_by("epoch"), given, strict=True):
        expected = {**values(Attempt(**one)), "id": row.pk, "started_at": row.started_at}
        assert values(row) == expected
        assert abs((row.started_at - utcnow()).total_seconds()) < 5
    assert len(set(Attempt.objects.values_list("pk", flat=True))) == 2
    with pytest.raises(TypeError, match="colour"):
        rows.entries(Attempt, {"task_id": task.pk, "colour": "red"})


def test_an_update_reaches_what_matches(build: Build) -> None:
    assert rows.update(Build, {"id": build.pk, "state": BuildState.PAUSED}, {"version": 9}) == 0
    assert rows.update(Build, {"id": uuid.uuid4()}, {"version": 9}) == 0
    changes = {
        "version": F("version") + 1,
        "started_at": db_now(),
        "finished_at": Sql("started_at"),
        "metrics": {"a": 1},
        "deadline_at": None,
        "state": BuildState.RUNNING,
    }
    assert rows.update(Build, {"id": build.pk, "state__in": [BuildState.QUEUED, BuildState.PAUSED]}, changes) == 1
    build.refresh_from_db()
    assert (build.version, build.metrics, build.state, build.finished_at) == (1, {"a": 1}, "running", None)
    assert build.started_at is not None
    assert abs((build.started_at - utcnow()).total_seconds()) < 5
    with pytest.raises(FieldDoesNotExist):
        rows.update(Build, {"id": build.pk}, {"colour": "red"})


def test_an_updated_row_comes_back(build: Build) -> None:
    deadline = dt.datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC)
    whole = rows.update_returning(Build, {"id": build.pk}, {"deadline_at": deadline, "metrics": {"b": 2}})
    assert whole is not None
    build.refresh_from_db()
    assert values(whole) == values(build)
    assert rows.update_returning(Build, {"id": build.pk, "version": 5}, {"version": 6}) is None


def test_named_columns_are_there_and_others_are_read_when_asked_for(
    task: Task, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    TaskFactory.create(build=task.build)
    part = rows.update_returning(Task, {"id": task.pk}, {"params": {"x": 1}}, ("epoch", "params", "id", "build_id"))
    assert part is not None
    with django_assert_num_queries(0):  # type: ignore[operator] # pytest-django's fixture
        assert (part.pk, part.build_id, part.params, part.epoch) == (task.pk, task.build_id, {"x": 1}, 0)
    with django_assert_num_queries(1):  # type: ignore[operator] # pytest-django's fixture
        assert part.key == task.key


def test_statements_together_answer_in_their_order(build: Build) -> None:
    task = TaskFactory.create(build=build, title="100 % sure")
    step = Step(task=task, key="a;\nb", output={"x": ";"}, epoch=1)
    answers = rows.together(
        rows.change(Build, {"id": build.pk}, {"version": 2}),
        rows.change(Build, {"id": uuid.uuid4()}, {"version": 9}),
        rows.insertion(step),
        Statement("SELECT title, 1 FROM projects_task WHERE build_id = %s", [rows.key(build.pk)]),
    )
    assert [answer.reached for answer in answers[:3]] == [1, 0, 1]
    assert [answer.rows for answer in answers] == [[], [], [], [("100 % sure", 1)]]
    assert Build.objects.get().version == 2
    assert Step.objects.values().get() == values(step)


def test_statements_together_fail_together(task: Task) -> None:
    Step.objects.create(task=task, key="there", epoch=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.together(
            rows.change(Task, {"id": task.pk}, {"epoch": 7}),
            rows.insertion(Step(task=task, key="there", epoch=2)),
            rows.change(Task, {"id": task.pk}, {"epoch": 8}),
        )
    assert Task.objects.get().epoch == task.epoch
