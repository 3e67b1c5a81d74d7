"""Extending by a model: what is kept, what is told to recovery, and how the next attempt differs."""

from __future__ import annotations

import datetime as dt

import pytest

from autodev.lib import clock
from projects.checks.types import Rung
from projects.models import Attempt, Step, Task
from projects.pipeline.guided import RESULT
from projects.states import TaskState
from tests.pipeline.conftest import GOOD
from tests.pipeline.scripted import WISHES, Waiting, breaks, waiting, writes

__all__ = ["waiting"]
pytestmark = pytest.mark.feature("F3.2")

SONG = 'NOTES = "la la"\n'
BAD = {"probe/song.py": "def broken(:\n"}


def test_what_works_is_kept(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder)
    waiting.models.will(writes({"probe/song.py": SONG}, left_open=["no rhythm"]))
    task = waiting.step("extend")
    assert (task.state, task.result["kept"], task.result["left_open"]) == (TaskState.SUCCEEDED, True, ["no rhythm"])
    assert RESULT not in task.result
    assert waiting.repository.read(waiting.build.head, "probe/song.py").decode() == SONG


def test_an_outage_is_told_with_who_and_until_when(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder)
    asked = [{"provider": "b", "kind": "quota"}]
    waiting.models.will(
        breaks("quota", outside=True, retry_after_s=600.0, provider="b", details={"asked": asked, "not_asked": {}})
    )
    task = waiting.failed("extend")
    assert (task.error_kind, task.attempts, task.waits) == ("quota", 0, 1)
    attempt = Attempt.objects.get(task=task)
    assert (attempt.provider, attempt.details["asked"]) == ("b", asked)
    assert attempt.retry_at is not None
    assert abs(attempt.retry_at - clock.utcnow() - dt.timedelta(seconds=600)) < dt.timedelta(seconds=120)


def test_broken_work_is_a_failure_and_the_next_attempt_begins_anew(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder)
    waiting.models.will(writes(BAD), writes({"probe/song.py": SONG}, provider="b"))
    task = waiting.failed("extend")
    assert task.error_kind == "code_error"
    assert task.last_error.startswith("What worked before is broken")
    assert "probe/song.py:1" in task.last_error
    assert Attempt.objects.get(task=task).provider == "a"
    assert waiting.build.head == Task.objects.get(key="implement").head

    task = waiting.again(task, avoid=("a",), forbidden=("A file that does not parse",), strategy="alternative_approach")
    assert task.state == TaskState.SUCCEEDED
    told = task.result[RESULT]
    assert told == {"strategy": "alternative_approach", "attempt": 2, "provider": "b", "avoided": ["a"]}
    first, second = waiting.models.jobs
    assert (first.key, second.key) == ("extend", "extend:2")
    assert second.guidance.avoid == ("a",)
    assert "do not do it again: A file that does not parse" in second.guidance.told
    assert waiting.repository.read(waiting.build.head, "probe/song.py").decode() == SONG


def test_a_conversation_that_was_cut_off_goes_on_with_its_files(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder)
    waiting.models.will(
        breaks("unavailable", outside=True, after={"probe/one.py": SONG}), writes({"probe/two.py": SONG})
    )
    task = waiting.again(waiting.failed("extend"))
    assert [job.key for job in waiting.models.jobs] == ["extend", "extend"]
    assert task.state == TaskState.SUCCEEDED
    for path in ("probe/one.py", "probe/two.py"):
        assert waiting.repository.read(waiting.build.head, path).decode() == SONG


def test_another_way_begins_from_the_files_of_the_beginning(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder)
    waiting.models.will(breaks("context_window", after={"probe/one.py": SONG}), writes({"probe/two.py": SONG}))
    way = {"name": "smallest_change", "told": "Make the smallest change."}
    task = waiting.again(waiting.failed("extend"), approach=way)
    assert waiting.models.jobs[1].key == "extend:smallest_change"
    assert waiting.models.jobs[1].guidance.told == "Go about it in this way: Make the smallest change."
    assert task.result[RESULT]["approach"] == "smallest_change"
    files = waiting.repository.files(waiting.build.head)
    assert "probe/two.py" in files
    assert "probe/one.py" not in files


def test_to_change_nothing_is_no_work(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder)
    waiting.models.will(writes({}, left_open=["I do not sing"]), writes({}), writes({"probe/song.py": SONG}))
    task = waiting.failed("extend")
    assert (task.error_kind, task.last_error) == ("empty_answer", "a changed nothing: I do not sing")
    task = waiting.again(task)
    assert task.state == TaskState.WAITING
    task = waiting.again(task)
    assert task.state == TaskState.SUCCEEDED
    assert [job.key for job in waiting.models.jobs] == ["extend", "extend:2", "extend:3"]


def test_a_base_that_was_red_before_is_no_fault_of_the_model(waiting: Waiting, short_ladder: list[Rung]) -> None:
    red = {"probe/__init__.py": GOOD, "probe/old.py": "import json\n"}
    waiting.extending(short_ladder, files=red)
    waiting.models.will(writes({"probe/song.py": SONG}))
    assert waiting.step("extend").result["kept"] is True
    assert Step.objects.filter(task__key="extend", key__startswith="score:").count() == 1


def test_a_part_is_told_its_own_sentences_only(waiting: Waiting, short_ladder: list[Rung]) -> None:
    task = waiting.extending(short_ladder, *WISHES)
    Task.objects.filter(pk=task.pk).update(params={"only": [WISHES[1]]})
    waiting.models.will(writes({"probe/song.py": SONG}))
    waiting.step("extend")
    assert waiting.models.jobs[0].context.open_requirements == [WISHES[1]]
