"""Changes of one project that meet: conflicts, late and double merges, undoing under later work, discarding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autodev.accounts.models import User, Workspace
from autodev.events.models import Event
from autodev.lib import clock
from autodev.lib.db import write
from projects.engine.claim import claim
from projects.engine.execute import execute
from projects.engine.lease import Lease
from projects.models import Build, Project
from projects.pipeline import change_plan, change_understand
from projects.repository.repository import repository_of
from projects.selectors.reviewing import review_of
from projects.services import cancel_build, change_start, change_undo, discard_change, merge, merge_change
from projects.services.errors import ChangeConflict, WrongState
from projects.services.mainline import begin_main_line
from projects.states import BuildState, Phase, TaskState
from tests.change.conftest import Engine
from tests.change.rows import changed, delivered
from tests.change.test_by_model import WISH, models, reads
from tests.factories.projects import TaskFactory
from tests.pipeline.scripted import Scripted, writes

__all__ = ["models"]
pytestmark = pytest.mark.feature("F1.13")
LINES = [f"x{number} = {number}\n" for number in range(20)]
FILES: dict[str, str | None] = {"probe/__init__.py": '"""A product."""\n', "probe/a.py": "".join(LINES)}


def edited(*changes: tuple[int, str]) -> dict[str, str | None]:
    """The file with these lines put in front of the line of that number."""
    lines = list(LINES)
    for number, text in sorted(changes, reverse=True):
        lines.insert(number, text)
    return {"probe/a.py": "".join(lines)}


@pytest.fixture
def first(workspace: Workspace, user: User, engine: Engine, folder: Path) -> Build:
    return delivered(workspace, user, folder, **FILES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def alone(models: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short ladders, and no model."""
    for module in (change_plan, change_understand):
        monkeypatch.setattr(module, "models_there", lambda workspace_id: False)


def _main(build: Build) -> str:
    return Project.objects.get(pk=build.project_id).head


def _text(build: Build, commit: str, path: str = "probe/a.py") -> str:
    return repository_of(build.project_id).read(commit, path).decode()


def test_two_that_conflict_lose_nothing_and_the_second_is_made_again(
    first: Build, user: User, engine: Engine, models: Scripted, folder: Path
) -> None:
    one = changed(first, user, folder, edited((3, "one = 1\n")))
    two = changed(first, user, folder, edited((3, "two = 2\n")))
    merge_change(build=one, user=user)
    with pytest.raises(ChangeConflict) as found:
        merge_change(build=two, user=user)
    assert found.value.message == "The change does not go together with the main line in: probe/a.py"
    assert found.value.hint == "Nothing was merged. Start the change again from the main line as it is now."
    two.refresh_from_db()
    assert (two.state, two.merged_at, two.discarded_at, _main(first)) == (BuildState.SUCCEEDED, None, None, one.head)
    assert "two = 2" in _text(first, two.head)
    review = review_of(two)
    assert review is not None
    assert (review.stale, review.can_merge, review.can_discard) == (True, True, True)

    assert two.parent is not None
    models.will(reads(), writes({"probe/a.py": _text(first, one.head).replace("one = 1\n", "one = 1\ntwo = 2\n")}))
    again = engine.run(change_start(build=two.parent, user=user, text=WISH))
    assert again.base == one.head
    merged = merge_change(build=again, user=user, accept_degraded=True)
    assert merged.merged_at is not None
    assert "one = 1\ntwo = 2\n" in _text(first, _main(first))
    discard_change(build=two, user=user)


@pytest.mark.usefixtures("alone")
def test_two_that_merge_by_their_lines_and_break_each_other_leave_the_main_line_green(
    first: Build, user: User, engine: Engine, folder: Path
) -> None:
    one = changed(first, user, folder, edited((0, 'text = """\n'), (20, '"""\n')))
    two = changed(first, user, folder, edited((10, '"""about"""\n')))
    merge_change(build=one, user=user)
    before = two.head
    together = engine.run(merge_change(build=two, user=user))
    assert together.state == BuildState.FAILED, together.degraded
    assert (together.merged_at, _main(first)) == (None, one.head)
    assert Event.objects.filter(build_id=two.pk, type="change.put_together").count() == 1
    assert repository_of(first.project_id).has_ancestor(together.head, before)
    with pytest.raises(WrongState, match="failed"):
        merge_change(build=together, user=user)


@pytest.mark.usefixtures("alone")
def test_two_that_go_together_are_proved_and_both_merged(
    first: Build, user: User, engine: Engine, folder: Path
) -> None:
    one, two = (changed(first, user, folder, edited((at, f"n{at} = 1\n"))) for at in (2, 15))
    merge_change(build=one, user=user)
    together = engine.run(merge_change(build=two, user=user))
    # what of the old product no check of this short ladder shows waits for a person
    assert (together.state, together.base, _main(first)) == (BuildState.DEGRADED, one.head, one.head)
    merge_change(build=together, user=user, accept_degraded=True)
    text = _text(first, _main(first))
    assert "n2 = 1" in text
    assert "n15 = 1" in text


def test_a_merge_that_another_overtakes_looks_again(
    first: Build, user: User, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (changed(first, user, folder, edited((at, f"n{at} = 1\n"))) for at in (2, 15))
    calls: list[Any] = []

    def overtaken(apply: Callable[[], Any]) -> Any:
        calls.append(apply)
        if len(calls) == 1:  # between the look at the main line and the write
            merge_change(build=one, user=user)
        return write(apply)

    monkeypatch.setattr(merge, "write", overtaken)
    again = merge_change(build=two, user=user)
    assert (_main(first), again.state, again.base) == (one.head, BuildState.RUNNING, one.head)
    assert Event.objects.filter(type="change.merged").count() == 1


def test_what_runs_is_cancelled_before_it_is_discarded_and_its_worker_writes_nothing(
    first: Build, user: User, engine: Engine, models: Scripted
) -> None:
    models.will(reads())
    change = change_start(build=first, user=user, text=WISH)
    taken = claim("worker-a", build_id=change.pk)
    assert taken is not None
    with pytest.raises(WrongState, match="still being made") as refused:
        discard_change(build=change, user=user)
    assert refused.value.hint == "Cancel it first."
    cancel_build(build=change, user=user)
    gone = discard_change(build=change, user=user)
    execute(taken, Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic() + 900))
    gone = engine.run(gone)
    assert (gone.state, gone.discarded_at is not None, gone.spec) == (BuildState.CANCELLED, True, None)
    assert _main(first) == first.head
    with pytest.raises(WrongState, match="discarded"):
        merge_change(build=gone, user=user)


@pytest.mark.usefixtures("alone")
def test_an_undo_keeps_what_was_merged_after_it(first: Build, user: User, engine: Engine, folder: Path) -> None:
    one = changed(first, user, folder, edited((2, "one = 1\n")))
    merge_change(build=one, user=user)
    two = changed(_anew(one), user, folder, {"probe/two.py": "two = 2\n"})
    merge_change(build=two, user=user)
    undo = engine.run(change_undo(build=one, user=user))
    assert undo.base == two.head
    assert _text(first, undo.head) == "".join(LINES)
    assert _text(first, undo.head, "probe/two.py") == "two = 2\n"
    merge_change(build=undo, user=user, accept_degraded=True)
    assert (_main(first), repository_of(first.project_id).has_ancestor(undo.head, two.head)) == (undo.head, True)


@pytest.mark.usefixtures("alone")
def test_an_undo_under_later_work_says_what_stands_on_it(
    first: Build, user: User, engine: Engine, folder: Path
) -> None:
    one = changed(first, user, folder, edited((2, "one = 1\n")))
    merge_change(build=one, user=user)
    on_top = {"probe/a.py": _text(first, one.head).replace("one = 1\n", "one = 1 + 1\n")}
    two = changed(_anew(one), user, folder, {**on_top})
    merge_change(build=two, user=user)
    undo = engine.run(change_undo(build=one, user=user, merge=True))
    assert undo.state == BuildState.FAILED
    assert "What came after it changed the same places: probe/a.py. Undo that first." in str(undo.errors)
    assert _main(first) == two.head
    # in the order that it asks for, both go
    later = engine.run(change_undo(build=two, user=user))
    merge_change(build=later, user=user, accept_degraded=True)
    again = engine.run(change_undo(build=one, user=user))
    merge_change(build=again, user=user, accept_degraded=True)
    assert _text(first, _main(first)) == "".join(LINES)


def test_a_merge_while_another_change_runs_leaves_it_running(
    first: Build, user: User, engine: Engine, models: Scripted, folder: Path
) -> None:
    models.will(reads(), writes({"probe/paint.py": '"""Paint."""\n'}))
    running = change_start(build=first, user=user, text=WISH, merge=True)
    running = engine.run(running, at_most=2)
    assert running.state == BuildState.RUNNING
    one = changed(first, user, folder, edited((2, "one = 1\n")))
    merge_change(build=one, user=user)
    done = engine.run(running)
    assert (done.is_final, done.merged_at, done.base, _main(first)) == (True, None, first.head, one.head)
    review = review_of(done)
    assert review is not None
    assert review.stale
    together = engine.run(merge_change(build=done, user=user, accept_degraded=True))
    assert together.base == one.head
    merge_change(build=together, user=user, accept_degraded=True)
    assert "one = 1" in _text(first, _main(first))
    assert "Paint" in _text(first, _main(first), "probe/paint.py")


@pytest.mark.parametrize("late", [False, True])
def test_a_change_that_merges_itself_comes_in_time_or_says_that_it_does_not(
    first: Build, user: User, engine: Engine, folder: Path, *, late: bool
) -> None:
    change = changed(first, user, folder, edited((2, "two = 2\n")), state=BuildState.RUNNING, finished_at=None)
    task = TaskFactory.create(
        build=change, key="merge", kind="change_merge", phase=Phase.DELIVER, state=TaskState.READY, critical=False
    )
    if late:
        merge_change(build=changed(first, user, folder, edited((15, "one = 1\n"))), user=user)
    before = _main(first)
    change = engine.run(change)
    task.refresh_from_db()
    assert (task.state, task.result["merged"]) == (TaskState.SUCCEEDED, not late)
    assert _main(first) == (before if late else change.head)
    said = ["It is not merged by itself, as the main line went on meanwhile: merge it again."] if late else []
    assert change.warnings == said


def test_a_first_build_that_runs_again_does_not_take_the_main_line_back(first: Build, user: User, folder: Path) -> None:
    Build.objects.filter(pk=first.pk).update(state=BuildState.RUNNING)
    one = changed(first, user, folder, edited((2, "one = 1\n")))
    merge_change(build=one, user=user)
    Build.objects.filter(pk=first.pk).update(state=BuildState.SUCCEEDED)
    assert not begin_main_line(_anew(first))
    assert _main(first) == one.head


def _anew(build: Build) -> Build:
    return Build.objects.select_related("project", "workspace").get(pk=build.pk)
