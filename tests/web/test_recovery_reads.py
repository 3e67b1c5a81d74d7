"""What pages, API and command line read about recovery, and in which words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodev.accounts.errors import NotFound
from autodev.accounts.models import WorkspaceState
from autodev.lib.clock import utcnow
from projects.models import Attempt, Task
from projects.states import PERSON, RECOVERY, BuildState, TaskState
from projects.waits import wait_of
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.selectors import words
from recovery.selectors.dead import dead_letter, dead_tasks, with_attempts
from recovery.selectors.decisions import decision, decisions, task_in
from recovery.selectors.fixes import known_fixes, strategy_records
from recovery.selectors.outlook import MEANINGS, outlook_of
from recovery.selectors.requests import open_requests, request_of, requests
from recovery.selectors.timeline import Turn, merged, timeline_of
from recovery.states import Origin, RecoveryState, RequestState, Source, Strategy
from recovery.views.forms import ReplayForm
from tests.cast import Cast
from tests.factories.accounts import WorkspaceFactory
from tests.factories.recovery import stormy


def epochs(turns: list[Turn]) -> list[tuple[int, bool, bool, bool]]:
    return [(one.epoch, bool(one.attempt), bool(one.decision), bool(one.request)) for one in turns]


def test_each_attempt_stands_with_its_decision_the_newest_first() -> None:
    attempts = [Attempt(epoch=1), Attempt(epoch=3), Attempt(epoch=5)]
    decided = [RecoveryAttempt(epoch=1), RecoveryAttempt(epoch=4)]  # 3 was lost: its epoch rose before the decision
    turns = merged(attempts, decided, [HumanRequest(epoch=4)])
    assert epochs(turns) == [(5, True, False, False), (3, True, True, True), (1, True, True, False)]
    assert turns[1].decision is decided[1]


def test_a_decision_without_an_attempt_and_a_question_alone_are_shown_too() -> None:
    assert epochs(merged([], [RecoveryAttempt(epoch=2)], [])) == [(2, False, True, False)]
    assert epochs(merged([Attempt(epoch=1)], [], [HumanRequest(epoch=7)])) == [
        (7, False, False, True), (1, True, False, False),
    ]  # fmt: skip
    # two decisions after one attempt: the earlier one has it
    assert epochs(merged([Attempt(epoch=1)], [RecoveryAttempt(epoch=1), RecoveryAttempt(epoch=2)], [])) == [
        (2, False, True, False), (1, True, True, False),
    ]  # fmt: skip


@pytest.mark.feature("F3.1")
def test_the_timeline_of_a_task_tells_all_in_three_queries(cast: Cast) -> None:
    storm = stormy(cast.workspace)
    task = task_in(cast.workspace.pk, storm.waiting.pk)
    with CaptureQueriesContext(connection) as queries:
        turns = timeline_of(task)
    assert len(queries) == 3
    assert epochs(turns) == [(2, True, True, False), (1, True, True, False)]
    assert turns[1].decision is not None
    assert turns[1].decision.strategy == Strategy.RETRY_WITH_DIFFERENT_AGENT


def test_everything_is_of_one_workspace(cast: Cast) -> None:
    theirs = stormy(WorkspaceFactory.create())
    own = cast.workspace.pk
    for read in (decisions(own), dead_tasks(own), requests(own), known_fixes(own), strategy_records(own)):
        assert not read.exists()
    for found in (
        lambda: task_in(own, theirs.waiting.pk), lambda: decision(own, theirs.decisions[0].pk),
        lambda: dead_letter(own, theirs.failed.pk), lambda: request_of(own, theirs.request.pk),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            found()
    assert outlook_of(cast.workspace).questions == 0


def test_decisions_are_narrowed(cast: Cast) -> None:
    storm = stormy(cast.workspace)
    own = cast.workspace.pk
    assert decisions(own).count() == 5
    for wanted, number in (
        ({"state": "relapsed"}, 1), ({"strategy": "give_up"}, 1), ({"failure_kind": "work"}, 2),
        ({"task_id": storm.waiting.pk}, 2), ({"build_id": storm.ended.pk}, 1),
    ):  # fmt: skip
        values: dict[str, Any] = wanted
        assert decisions(own, **values).count() == number, wanted


@pytest.mark.feature("F3.10")
def test_a_dead_letter_has_its_evidence(cast: Cast, data_dir: object) -> None:
    storm = stormy(cast.workspace)
    own = cast.workspace.pk
    assert {task.pk for task in dead_tasks(own)} == {storm.quarantined.pk, storm.failed.pk}
    assert [task.pk for task in dead_tasks(own, state="quarantined")] == [storm.quarantined.pk]
    letter = dead_letter(own, storm.quarantined.pk)
    assert [one.epoch for one in letter.attempts] == [5, 3, 1]
    assert (letter.worker, letter.replayable) == ("build-host/4711", True)
    assert "out of memory" in letter.tail
    assert dead_letter(own, storm.failed.pk).tail == ""
    with CaptureQueriesContext(connection) as queries:
        with_attempts(dead_tasks(own))
    assert len(queries) == 2
    storm.ended.state = BuildState.CANCELLED
    storm.ended.save()
    assert not dead_letter(own, storm.failed.pk).replayable
    Task.objects.filter(pk=storm.failed.pk).update(accepted_at=utcnow())
    with pytest.raises(NotFound):
        dead_letter(own, storm.failed.pk)


@pytest.mark.feature("F3.5")
def test_the_outlook_says_what_happens_next_in_few_queries(cast: Cast) -> None:
    empty = outlook_of(cast.workspace)
    assert (empty.nexts, empty.next_at, empty.slowed, empty.label) == ((), None, "", "Active")
    storm = stormy(cast.workspace)
    cast.workspace.state = WorkspaceState.AUTO_RECOVERING
    with CaptureQueriesContext(connection) as queries:
        found = outlook_of(cast.workspace)
    assert len(queries) == 3
    assert (found.undecided, found.timed, found.asked, found.dead, found.questions) == (1, 1, 1, 2, 1)
    assert found.next_at == Task.objects.get(pk=storm.undecided.pk).next_run_at
    assert found.nexts == (
        "1 task failed just now; recovery is about to decide what to do with it.",
        "1 task waits for a moment that is known and goes on without anybody.",
        "1 task waits for a person's answer; the rest of the build goes on.",
    )
    assert "All other work goes on" in found.meaning
    assert found.slowed
    Task.objects.filter(pk=storm.undecided.pk).update(wait_reason="later")
    assert "2 tasks wait for a moment that is known and go on" in outlook_of(cast.workspace).nexts[0]
    assert set(MEANINGS) == set(WorkspaceState)


def test_open_questions_and_answered_ones(cast: Cast) -> None:
    storm = stormy(cast.workspace)
    own = cast.workspace.pk
    assert [one.pk for one in open_requests(own)] == [storm.request.pk]
    HumanRequest.objects.update(state=RequestState.ANSWERED)
    assert not open_requests(own).exists()
    assert requests(own, state="answered", task_id=storm.asked.pk).count() == 1


def test_a_decision_is_told_in_words() -> None:
    row = RecoveryAttempt(
        strategy=Strategy.RETRY_WITH_DELAY, source=Source.MODEL, confidence=0.714, rung=2, origin=Origin.BATCH,
        reasons=["It said when."], state=RecoveryState.APPLIED,
        params={"delay_s": 240.0, "avoid": ["a", "b"], "percent": 100, "approach": {"blueprint": "flask"},
                "fresh": True},
        inputs={"waits": 0, "attempts": 2, "left_s": 7200, "changed": [], "critical": True, "odd": 1},
        alternatives=[{"strategy": "decompose_into_subtasks", "confidence": 0.2, "source": "rule", "why_not": "No."},
                      {"strategy": "new_one", "source": "stars", "confidence": None}, "nonsense"],
    )  # fmt: skip
    found = words.told(row)
    assert (found.label, found.source, found.percent) == ("Retry with a delay", "A model's opinion", 71)
    assert found.rung == "alternative strategy"
    assert dict(found.changes) == {
        "Waits": "4 min", "Does not ask": "a, b", "Way": "blueprint: flask", "From the start": "yes"
    }  # fmt: skip
    assert dict(found.facts) == {"Attempts": "2", "To the deadline": "2 h", "Critical": "yes"}
    assert [(one.label, one.percent, one.why_not) for one in found.refused] == [
        ("Decompose into subtasks", 20, "No."), ("new_one", 0, "Another one was better."),
    ]  # fmt: skip
    assert '"odd": 1' in found.inputs
    row.rung, row.strategy = 9, "new_one"
    assert (words.told(row).rung, words.told(row).does) == ("", "")


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 s"), (0.4, "0.4 s"), (59, "59 s"), (90, "2 min"), (7200, "2 h"), (200_000, "2 d")]
)
def test_seconds_are_said_in_one_unit(value: float, text: str) -> None:
    assert words.seconds(value) == text


@pytest.mark.parametrize(
    ("state", "reason", "why", "by_person"),
    [
        (TaskState.WAITING, RECOVERY, "Recovery decides what to do", False),
        (TaskState.WAITING, PERSON, "answer from a person", True),
        (TaskState.WAITING, "The limit is used up.", "The limit is used up", False),
        (TaskState.WAITING, "", "It waits", False),
        (TaskState.QUARANTINED, "", "took its worker down", True),
    ],
)
def test_a_wait_is_told_with_what_comes_then(state: TaskState, reason: str, why: str, by_person: bool) -> None:
    at = utcnow() + dt.timedelta(minutes=3)
    found = wait_of(Task(state=state, wait_reason=reason, next_run_at=at))
    assert found is not None
    assert why in found.why
    assert not found.why.endswith("limit is used up.")
    assert found.by_person is by_person
    assert (found.until == at) is (state == TaskState.WAITING)


def test_who_does_not_wait_says_nothing() -> None:
    assert wait_of(Task(state=TaskState.RUNNING, wait_reason="left over")) is None
    assert wait_of(Task(state=TaskState.WAITING, wait_reason="Paused")).then == ""  # type: ignore[union-attr] # it waits


@pytest.mark.parametrize(
    ("text", "mistake", "line"),
    [
        ('{\n"a": }', "Line 2", 2), ("[1]", "It must be an object", 0), ('{"a": NaN}', "NaN", 0),
        ('{"a": "\\u0000"}', "NUL", 0), ("[" * 3000, "", 0),
    ],
)  # fmt: skip
def test_an_input_that_is_none_is_refused_with_its_place(text: str, mistake: str, line: int) -> None:
    form = ReplayForm({"params": text})
    assert not form.is_valid()
    assert mistake in str(form.errors["params"])
    assert form.line in (line, 1) if text.startswith("[[") else form.line == line


def test_an_input_is_read_and_nothing_is_nothing() -> None:
    form = ReplayForm({"params": '{"goal": "loans"}', "reason": "memory was doubled"})
    assert form.is_valid()
    assert form.cleaned_data == {"params": {"goal": "loans"}, "reason": "memory was doubled"}
    blank = ReplayForm({"params": "  "})
    assert blank.is_valid()
    assert blank.cleaned_data["params"] is None
