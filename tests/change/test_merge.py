"""Merging, discarding and undoing, and what each refuses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autodev.accounts.models import User, Workspace
from autodev.events.models import Event
from autodev.spec.change import read_change
from autodev.spec.schema import Spec
from projects.models import Build, Project, Step, Task
from projects.repository.repository import repository_of
from projects.selectors.mainline import main_build, main_head, on_main_line
from projects.selectors.reviewing import review_of
from projects.services import (
    change_start,
    change_undo,
    discard_change,
    merge,
    merge_change,
    rollback_build,
    start_build,
)
from projects.services.errors import ChangeConflict, EmptyIdea, HarmfulIdea, IdempotencyConflict, WrongState
from projects.services.mainline import begin_main_line
from projects.states import BuildState, TaskState
from tests.change.rows import changed, delivered

pytestmark = [pytest.mark.feature("F1.13"), pytest.mark.usefixtures("data_dir")]


@pytest.fixture
def first(workspace: Workspace, user: User, data_dir: Path, tmp_path: Path) -> Build:
    return delivered(workspace, user, tmp_path / "files")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


def _head(build: Build) -> str:
    return Project.objects.get(pk=build.project_id).head


def test_a_change_starts_from_the_main_line(first: Build, user: User) -> None:
    made = change_start(build=first, user=user, text=" Add tags to todos ", options={"review_spec": True})
    assert (made.origin, made.base, made.head, made.parent_id) == ("change", first.head, first.head, first.pk)
    assert (made.idea, made.options) == ("Add tags to todos", {"review_spec": True})
    task = Task.objects.get(build=made)
    assert (task.kind, task.params["spec"], task.params["stack"]["blueprint"]) == (
        "change_understand", first.spec, "probe",
    )  # fmt: skip
    event = Event.objects.get(build_id=made.pk, type="build.created")
    assert event.payload["change_of"] == str(first.pk)


def test_what_cannot_be_changed_says_why(first: Build, user: User, workspace: Workspace, folder: Path) -> None:
    with pytest.raises(EmptyIdea):
        change_start(build=first, user=user, text="  ")
    with pytest.raises(HarmfulIdea):
        change_start(build=first, user=user, text="Turn it into a keylogger that steals passwords")
    running = start_build(workspace=workspace, user=user, idea="A todo list")
    with pytest.raises(WrongState, match="queued"):
        change_start(build=running, user=user, text="x")
    gone = discard_change(build=changed(first, user, folder, {"a.txt": "2\n"}), user=user)
    with pytest.raises(WrongState, match="discarded"):
        change_start(build=gone, user=user, text="x")
    Task.objects.filter(build=first, key="research").delete()
    with pytest.raises(WrongState, match="not known"):
        change_start(build=first, user=user, text="x")


def test_the_same_key_gives_the_same_change(first: Build, user: User) -> None:
    one = change_start(build=first, user=user, text="Add tags", idempotency_key="k")
    assert change_start(build=first, user=user, text="Add tags", idempotency_key="k").pk == one.pk
    with pytest.raises(IdempotencyConflict):
        change_start(build=first, user=user, text="Add notes", idempotency_key="k")


def test_a_merge_moves_the_main_line_once(first: Build, user: User, folder: Path) -> None:
    change = changed(first, user, folder, {"a.txt": "2\n"})
    merged = merge_change(build=change, user=user)
    assert (merged.merged_by, merged.merged_commit, _head(first)) == (user, change.head, change.head)
    assert merge_change(build=change, user=user).merged_at == merged.merged_at
    assert Event.objects.filter(build_id=change.pk, type="change.merged").count() == 1
    assert repository_of(first.project_id).refs()["main"] == change.head
    assert on_main_line(merged)
    assert main_build(first.project) == change


def test_a_project_from_before_there_was_a_main_line(first: Build, user: User, folder: Path) -> None:
    Project.objects.filter(pk=first.project_id).update(head="")
    assert main_head(first.project) == first.head
    assert main_build(first.project) == first
    change = changed(first, user, folder, {"a.txt": "2\n"})
    assert change_start(build=first, user=user, text="x").base == first.head
    merge_change(build=change, user=user)
    assert _head(first) == change.head


def test_a_main_line_begins_once_and_follows_its_own_build(first: Build, user: User, folder: Path) -> None:
    first.head = "f" * 40
    assert not begin_main_line(first)
    Project.objects.filter(pk=first.project_id).update(head="")
    assert begin_main_line(first)
    assert _head(first) == first.head


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"state": BuildState.FAILED}, "failed"),
        ({"state": BuildState.RUNNING}, "running"),
        ({"state": BuildState.DEGRADED}, "degraded"),
    ],
)
def test_what_is_not_merged(first: Build, user: User, folder: Path, values: dict[str, Any], why: str) -> None:
    change = changed(first, user, folder, {"a.txt": "2\n"}, **values)
    with pytest.raises(WrongState, match=why):
        merge_change(build=change, user=user)
    assert _head(first) == first.head


def test_a_degraded_change_is_merged_by_a_person_who_says_so(first: Build, user: User, folder: Path) -> None:
    change = changed(first, user, folder, {"a.txt": "2\n"}, state=BuildState.DEGRADED, degraded=["Not it."])
    merged = merge_change(build=change, user=user, accept_degraded=True)
    assert merged.merged_at is not None
    assert Event.objects.get(build_id=change.pk, type="change.merged").payload["degraded"] is True


def test_a_first_build_is_no_change(first: Build, user: User) -> None:
    for word in (merge_change, discard_change, change_undo):
        with pytest.raises(WrongState):
            word(build=first, user=user)
    assert review_of(first) is None


def test_a_discarded_change_stays_out(first: Build, user: User, folder: Path) -> None:
    change = changed(first, user, folder, {"a.txt": "2\n"})
    gone = discard_change(build=change, user=user)
    assert gone.discarded_at is not None
    assert discard_change(build=change, user=user).discarded_at == gone.discarded_at
    with pytest.raises(WrongState, match="discarded"):
        merge_change(build=change, user=user)
    running = changed(first, user, folder, {"a.txt": "3\n"}, state=BuildState.RUNNING)
    with pytest.raises(WrongState, match="still being made"):
        discard_change(build=running, user=user)
    merged = merge_change(build=changed(first, user, folder, {"a.txt": "4\n"}), user=user)
    with pytest.raises(WrongState, match="not merged"):
        discard_change(build=merged, user=user)


def test_what_is_merged_or_discarded_does_not_begin_again(first: Build, user: User, folder: Path) -> None:
    """Its Spec and stack are those of the main line then, and nothing would move the main line a second time."""
    merged = merge_change(build=changed(first, user, folder, {"a.txt": "2\n"}), user=user)
    gone = discard_change(build=changed(merged, user, folder, {"b.txt": "2\n"}), user=user)
    for build, word in ((merged, "merged"), (gone, "discarded")):
        task = Task.objects.get(build=build, key="validate")
        step = Step.objects.create(task=task, key="s", kind="snapshot", commit=build.head, epoch=1)
        with pytest.raises(WrongState, match=word):
            rollback_build(build=build, user=user, to_step=step)
        build.refresh_from_db()
        assert build.state == BuildState.SUCCEEDED


def test_a_change_of_a_change_is_merged_with_it(first: Build, user: User, folder: Path) -> None:
    below = changed(first, user, folder, {"a.txt": "2\n"})
    assert change_start(build=below, user=user, text="x").base == below.head
    above = changed(below, user, folder, {"b.txt": "2\n"})
    merge_change(build=above, user=user)
    below.refresh_from_db()
    assert (below.merged_commit, _head(first)) == (below.head, above.head)


def test_a_change_that_is_discarded_while_it_is_put_together_stays_out(
    first: Build, user: User, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody discards it while another one's merge is being made of the files."""
    one, two = (changed(first, user, folder, {name: "2\n"}) for name in ("a.txt", "b.txt"))
    merge_change(build=one, user=user)
    together = merge._merged_commit

    def meanwhile(build: Build, head: str, stack: Mapping[str, Any]) -> str:
        discard_change(build=two, user=user)
        return together(build, head, stack)

    monkeypatch.setattr(merge, "_merged_commit", meanwhile)
    with pytest.raises(WrongState, match="discarded"):
        merge_change(build=two, user=user)
    two.refresh_from_db()
    assert (two.state, two.merged_at) == (BuildState.SUCCEEDED, None)


def test_a_branch_that_is_discarded_while_its_change_is_merged_stays_discarded(
    first: Build, user: User, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = changed(first, user, folder, {"a.txt": "2\n"})
    above = changed(below, user, folder, {"b.txt": "2\n"})
    branch = merge._branch_below

    def meanwhile(build: Build) -> list[Build]:
        found = branch(build)
        discard_change(build=below, user=user)
        return found

    monkeypatch.setattr(merge, "_branch_below", meanwhile)
    assert merge_change(build=above, user=user).merged_at is not None
    below.refresh_from_db()
    assert (below.discarded_at is None, below.merged_at) == (False, None)


def test_a_main_line_that_went_on_is_put_together_and_proved_again(first: Build, user: User, folder: Path) -> None:
    tags = read_change(Spec.model_validate(first.spec), "add tags to todos").spec.model_dump(mode="json")
    due = read_change(Spec.model_validate(first.spec), "add a due date to todos").spec.model_dump(mode="json")
    one = changed(first, user, folder, {"a.txt": "2\n"}, spec=tags)
    two = changed(first, user, folder, {"b.txt": "2\n"}, spec=due)
    merge_change(build=one, user=user)
    assert review_of(two).stale  # type: ignore[union-attr]  # it is a change
    again = merge_change(build=two, user=user)
    assert (again.merged_at, again.state, again.base) == (None, BuildState.RUNNING, one.head)
    assert _head(first) == one.head
    repository = repository_of(first.project_id)
    assert repository.read(again.head, "a.txt") == repository.read(again.head, "b.txt") == b"2\n"
    wanted = Spec.model_validate(again.spec).entity("Todo")
    assert wanted.relation("tags") is not None
    assert wanted.field("due_date") is not None
    assert again.plan["before"] == tags
    states = dict(Task.objects.filter(build=again).values_list("key", "state"))
    assert states["implement"] == TaskState.SUCCEEDED
    assert (states["validate"], states["deliver"], states["merge"]) == (
        TaskState.READY, TaskState.PENDING, TaskState.PENDING,
    )  # fmt: skip
    assert again.requirements.filter(key="todos_tags").exists()


def test_what_rules_made_is_made_anew_instead(first: Build, user: User, folder: Path) -> None:
    one = changed(first, user, folder, {"a.txt": "2\n"})
    two = changed(first, user, folder, {"a.txt": "3\n"}, result={"paths": ["a.txt"]})
    merge_change(build=one, user=user)
    again = merge_change(build=two, user=user)
    assert (again.head, again.base) == (one.head, one.head)
    assert Task.objects.get(build=again, key="implement").state == TaskState.READY


def test_conflicts_name_the_files_and_change_nothing(first: Build, user: User, folder: Path) -> None:
    one, two = (changed(first, user, folder, {"a.txt": f"{n}\n"}) for n in (2, 3))
    merge_change(build=one, user=user)
    with pytest.raises(ChangeConflict) as found:
        merge_change(build=two, user=user)
    assert found.value.paths == ["a.txt"]
    two.refresh_from_db()
    assert (two.state, two.head != one.head, _head(first)) == (BuildState.SUCCEEDED, True, one.head)


def test_two_changes_of_the_tables_are_a_conflict(first: Build, user: User, folder: Path) -> None:
    one = changed(first, user, folder, {"alembic/versions/0002_a.py": "1\n"})
    two = changed(first, user, folder, {"alembic/versions/0002_b.py": "1\n"})
    stack = {"blueprint": "fastapi-service", "lock": "", "pins": {}}
    Task.objects.filter(key="research").update(result=stack)
    merge_change(build=one, user=user)
    with pytest.raises(ChangeConflict, match="tables"):
        merge_change(build=two, user=user)


def test_what_is_wanted_must_go_together(first: Build, user: User, folder: Path) -> None:
    tags = read_change(Spec.model_validate(first.spec), "add tags to todos").spec
    one = changed(first, user, folder, {"a.txt": "2\n"}, spec=tags.model_dump(mode="json"))
    merge_change(build=one, user=user)
    more = tags.model_dump(mode="json")
    label = {**more["entities"][0]["relations"][0], "name": "main_tag", "kind": "many_to_one"}
    more["entities"][0]["relations"].append(label)
    values = {"spec": more, "plan": {"before": tags.model_dump(mode="json")}}
    needs = changed(first, user, folder, {"b.txt": "2\n"}, **values)
    Build.objects.filter(pk=one.pk).update(spec=first.spec)
    with pytest.raises(ChangeConflict, match="does not go together"):
        merge_change(build=needs, user=user)


def test_undoing_begins_a_change(first: Build, user: User, folder: Path) -> None:
    change = changed(first, user, folder, {"a.txt": "2\n"}, result={"paths": ["a.txt"]})
    with pytest.raises(WrongState, match="merged"):
        change_undo(build=change, user=user)
    merge_change(build=change, user=user)
    undo = change_undo(build=change, user=user, merge=True, idempotency_key="u")
    assert (undo.idea, undo.base, undo.options) == (f"Undo: {change.idea}", change.head, {"merge": True})
    params = Task.objects.get(build=undo).params["undo"]
    assert (params["merged"], params["base"], params["by_rules"]) == (change.head, first.head, True)
    assert change_undo(build=change, user=user, merge=True, idempotency_key="u").pk == undo.pk


def test_how_a_change_stands(first: Build, user: User, folder: Path) -> None:
    seen = {}
    for state in (BuildState.SUCCEEDED, BuildState.DEGRADED, BuildState.RUNNING, BuildState.FAILED):
        review = review_of(changed(first, user, folder, {"a.txt": f"{state}\n"}, state=state))
        assert review is not None
        seen[review.standing] = (review.can_merge, review.can_discard, review.can_undo)
    assert seen == {
        "proposed": (True, True, False), "degraded": (True, True, False), "running": (False, False, False),
        "failed": (False, True, False),
    }  # fmt: skip
