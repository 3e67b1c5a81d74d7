"""What stands in for work that the build can do without: as much of it as works, or nothing; and it is said."""

from __future__ import annotations

import pytest

from projects.checks.types import Rung
from projects.models import Build, Evidence, Task
from projects.pipeline.guided import RESULT
from projects.remedies import remedies_for
from projects.services import replay_build
from projects.services.dead_letters import replay_dead
from projects.states import BuildState, TaskState
from tests.pipeline.conftest import GOOD
from tests.pipeline.scripted import WISHES, Waiting, breaks, waiting, writes

__all__ = ["waiting"]
pytestmark = pytest.mark.feature("F3.2", "F3.4")

SONG = 'NOTES = "la la"\n'
BAD = "def broken(:\n"


def test_the_part_that_works_is_kept_and_the_rest_is_named(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder, *WISHES[:2])
    waiting.models.will(breaks("output_limit", after={"probe/song.py": SONG, "probe/worse.py": BAD}))
    task = waiting.again(waiting.failed("extend"), strategy="skip_with_fallback", percent=80)
    assert task.state == TaskState.DEGRADED
    assert (task.result["kept"], task.result["percent"]) == (True, 80)
    assert task.result[RESULT] == {"strategy": "skip_with_fallback", "attempt": 2, "percent": 80}
    assert len(waiting.models.jobs) == 1
    files = waiting.repository.files(waiting.build.head)
    assert "probe/song.py" in files
    assert "probe/worse.py" not in files
    (said,) = waiting.build.degraded
    assert said.startswith("Added in part, as it failed: output_limit.")
    assert f'"{WISHES[0]}"; "{WISHES[1]}"' in said


def test_where_nothing_works_the_larger_fallback_fails_and_the_smaller_leaves_it_out(
    waiting: Waiting, short_ladder: list[Rung]
) -> None:
    waiting.extending(short_ladder)
    made = waiting.build.head
    waiting.models.will(writes({"probe/worse.py": BAD}))
    task = waiting.again(waiting.failed("extend"), percent=80)
    assert (task.state, task.error_kind) == (TaskState.WAITING, "no_fallback")
    task = waiting.again(task, percent=60)
    assert (task.state, task.result["kept"], task.result["percent"]) == (TaskState.DEGRADED, False, 60)
    assert waiting.build.head == made
    (said,) = waiting.build.degraded
    assert WISHES[0] in said
    assert said.endswith("What the blueprint made stands.")


def test_what_is_not_green_cannot_stand_in(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder, files={"probe/__init__.py": BAD})
    waiting.models.will(breaks("unavailable", outside=True))
    task = waiting.again(waiting.failed("extend"), percent=60)
    assert (task.state, task.error_kind) == (TaskState.WAITING, "no_fallback")


def test_the_build_goes_on_without_a_task_that_failed_and_says_so(waiting: Waiting, short_ladder: list[Rung]) -> None:
    task = waiting.extending(short_ladder)
    Task.objects.filter(pk=task.pk).update(
        state=TaskState.FAILED, last_error="Nobody sings.\nSecond line.", title="Add what the blueprint lacks"
    )
    Task.objects.filter(key="validate").update(state=TaskState.READY)
    for key in ("validate", "refine", "deliver"):
        waiting.step(key)
    assert waiting.build.state == BuildState.DEGRADED
    assert "Add what the blueprint lacks: Nobody sings." in waiting.build.degraded


def refining(waiting: Waiting, rungs: list[Rung]) -> Task:
    """A build whose `refine` failed after its first kept fix."""
    files = {"probe/__init__.py": GOOD.replace("int:", "int"), "probe/third.py": "value = undefined\n"}
    waiting.made(files, rungs)
    Task.objects.filter(key="refine").update(critical=False)
    waiting.step("validate")
    return Task.objects.get(key="refine")


def test_fixes_that_helped_are_kept_of_a_refinement_that_failed(
    waiting: Waiting, short_ladder: list[Rung], monkeypatch: pytest.MonkeyPatch
) -> None:
    refining(waiting, short_ladder)

    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("projects.pipeline.refine.record_fixed", broken)
        task = waiting.failed("refine")
    assert "the disk is full" in task.last_error
    task = waiting.again(task, percent=80)
    assert (task.state, task.result["percent"]) == (TaskState.DEGRADED, 80)
    assert waiting.repository.read(waiting.build.head, "probe/__init__.py").decode() == GOOD
    assert Evidence.objects.filter(commit=waiting.build.head, check_row__key="parse", result="passed").exists()
    assert waiting.build.degraded[0].startswith("Only a part of the known fixes was tried, as RuntimeError")


def test_a_refinement_that_is_left_out_names_what_is_red(waiting: Waiting, short_ladder: list[Rung]) -> None:
    task = refining(waiting, short_ladder)
    made = waiting.build.head
    Task.objects.filter(pk=task.pk).update(
        last_error="It hung.", params={"recovery": {"strategy": "skip_with_fallback", "percent": 60}}
    )
    task = waiting.step("refine")
    assert task.state == TaskState.DEGRADED
    assert waiting.build.head == made
    assert waiting.build.degraded == ["The known fixes were left out, as It hung. Red: Syntax; Lint and formatting."]


def test_no_fix_that_helped_is_no_fallback(waiting: Waiting, short_ladder: list[Rung]) -> None:
    task = refining(waiting, short_ladder)
    Task.objects.filter(pk=task.pk).update(params={"recovery": {"percent": 80}})
    assert waiting.failed("refine").error_kind == "no_fallback"


def test_what_nobody_measured_cannot_stand_in(waiting: Waiting, short_ladder: list[Rung]) -> None:
    refining(waiting, short_ladder)
    Evidence.objects.all().delete()
    Task.objects.filter(key="refine").update(params={"recovery": {"percent": 60}})
    assert waiting.failed("refine").error_kind == "no_fallback"


def test_a_member_who_runs_it_again_wants_the_whole(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder)
    waiting.models.will(breaks("unavailable", outside=True), writes({"probe/song.py": SONG}))
    task = waiting.again(waiting.failed("extend"), percent=60, avoid=("a",))
    assert task.state == TaskState.DEGRADED
    replay_dead(task=task, user=None)
    again = waiting.step("extend")
    assert (again.state, again.params) == (TaskState.SUCCEEDED, {})
    assert waiting.models.jobs[1].guidance.avoid == ()
    assert waiting.build.degraded == []


def test_what_was_left_out_is_told_until_it_is_done(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder)
    waiting.models.will(breaks("unavailable", outside=True))
    waiting.again(waiting.failed("extend"), percent=60)
    waiting.step("validate")
    replay_build(build=waiting.build, user=None, start="validate")
    assert [WISHES[0] in one for one in Build.objects.get().degraded] == [True]


def test_phases_that_have_no_fallback_are_not_asked_for_one(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.made({"probe/__init__.py": GOOD}, short_ladder)
    for key in ("validate", "deliver", "implement", "research"):
        assert remedies_for(key).fallbacks(Task.objects.get(key=key)) == ()
