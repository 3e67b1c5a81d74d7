"""The todo service, changed in words without a model: made, proved, merged, changed again, undone."""

from __future__ import annotations

import pytest

from autodev.accounts.models import User, Workspace
from autodev.events.models import Event
from projects.models import Build, BuildOrigin, Project
from projects.repository.repository import repository_of
from projects.selectors.evidence import evidence_of
from projects.selectors.mainline import main_head
from projects.services import change_start, change_undo, merge_change, start_build
from tests.change.conftest import TODO, Engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def _head(build: Build) -> str:
    return Project.objects.get(pk=build.project_id).head


def _why(build: Build) -> str:
    return "\n".join(map(str, [*build.errors, *build.degraded]))


@pytest.mark.feature("F1.13")
def test_tags_are_added_and_a_second_change_goes_on_from_there(
    engine: Engine, workspace: Workspace, user: User
) -> None:
    first = engine.run(start_build(workspace=workspace, user=user, idea=TODO))
    assert first.state == "succeeded", _why(first)
    assert _head(first) == first.head

    tags = engine.run(change_start(build=first, user=user, text="add tags to todos"))
    assert tags.state == "succeeded", _why(tags)
    assert tags.origin == BuildOrigin.CHANGE
    assert (tags.parent_id, tags.base) == (first.pk, first.head)
    met = {report.requirement.key: report.state for report in evidence_of(tags).requirements}
    assert met["todos_tags"] == met["tags_records"] == met["todos_records"] == "met"
    repository = repository_of(first.project_id)
    assert "app/models/tag.py" in repository.files(tags.head)
    changed = {change.path for change in repository.changes(first.head, tags.head)}
    assert "alembic/versions/0001_initial.py" not in changed
    assert "alembic/versions/0002_add_tags_to_todos.py" in changed
    assert _head(first) == first.head

    # a second change that begins before the first is merged
    due = change_start(build=first, user=user, text="add a due date to todos")
    assert due.base == first.head
    merged = merge_change(build=tags, user=user)
    assert merged.merged_at is not None
    assert _head(first) == tags.head
    assert Event.objects.filter(build_id=tags.pk, type="change.merged", actor=user).count() == 1
    due = engine.run(due)
    assert due.state == "succeeded", _why(due)

    together = merge_change(build=due, user=user)
    assert together.merged_at is None
    assert _head(first) == tags.head
    due = engine.run(together)
    assert due.state == "succeeded", _why(due)
    assert (due.base, _head(first)) == (tags.head, due.head)
    assert due.merged_commit == due.head
    assert "todos_tags" in {r.requirement.key for r in evidence_of(due).requirements}
    assert "alembic/versions/0003_add_a_due_date_to_todos.py" in repository.files(due.head)

    undo = engine.run(change_undo(build=tags, user=user, merge=True))
    assert undo.state == "succeeded", _why(undo)
    head = main_head(first.project)
    assert head == undo.head
    assert "app/models/tag.py" not in repository.files(head)
    assert "due_date" in repository.read(head, "app/models/todo.py").decode()
    assert "alembic/versions/0002_add_tags_to_todos.py" in repository.files(head)  # it has run
    assert repository.has_ancestor(head, due.head)
