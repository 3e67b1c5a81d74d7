"""What members do about failed tasks: their buttons and their answers, each with its event and its actor."""

from __future__ import annotations

from typing import Any

import pytest

from autodev.accounts.errors import Forbidden
from autodev.accounts.models import Role, User
from autodev.events.models import Event
from autodev.lib.clock import shifted
from projects.engine.outcome import NewTask, Succeeded, WorkFailed
from projects.engine.sweep import sweep
from projects.guidance import guidance_of
from projects.models import Build, Task
from projects.remedies import Approach
from projects.remedies.dividing import Piece, in_a_row
from projects.services.errors import WrongState
from projects.states import BuildState, Phase, TaskState
from recovery import members
from recovery.asking import request_for
from recovery.members import (
    InputRefused,
    StrategyRefused,
    accept_task,
    choose_strategy,
    give_up_task,
    replay_task,
    retry_task,
)
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.requests import AnswerRefused, answer_request
from recovery.selectors.dead import dead_letter
from recovery.states import RecoveryState, RequestReason, RequestState, Strategy
from tests.recovery.conftest import KIND, Offered, Script, run_one, timeout
from tests.recovery.test_strategies import decided, failed, told, verdict

pytestmark = pytest.mark.feature("F3.4")


@pytest.fixture
def asked(task: Task, script: Script) -> HumanRequest:
    """The task waits for a person."""
    failed(task, script)
    decided(task, verdict(Strategy.ASK_A_PERSON, request=RequestReason.LOGIC_ERROR))
    HumanRequest.objects.update(
        options=["retry", "context_reconstruction", "alternative_approach", "decompose_into_subtasks", "give_up"]
    )
    task.refresh_from_db()
    return HumanRequest.objects.get()


@pytest.fixture
def ended(asked: HumanRequest) -> HumanRequest:
    """Nobody answered in time, and the task has ended with its build."""
    with shifted(86401):
        sweep()
    asked.refresh_from_db()
    assert asked.state == RequestState.EXPIRED
    return asked


def actor_of(type_: str) -> User | None:
    return Event.objects.filter(type=type_).order_by("version").last().actor  # type: ignore[union-attr] # it is there


def test_retry_now_ends_a_wait_and_replaces_what_was_decided(task: Task, script: Script, user: User) -> None:
    failed(task, script, kind="timeout")
    row = retry_task(task=task, user=user, note="The network is back.")
    task.refresh_from_db()
    assert (task.state, task.attempts, told(task)["note"]) == (TaskState.READY, 0, "The network is back.")
    assert RecoveryAttempt.objects.get() == row
    assert (row.source, row.origin, row.actor, row.state) == ("person", "person", user, RecoveryState.APPLIED)
    assert row.alternatives[0]["strategy"] == "retry_with_delay"
    assert row.alternatives[0]["why_not"] == "A member chose another."
    assert (actor_of("task.retried"), actor_of("recovery.decided")) == (user, user)
    with pytest.raises(WrongState, match="does not wait"):
        retry_task(task=task, user=user)
    run_one()
    sweep()
    row.refresh_from_db()
    assert row.state == RecoveryState.RECOVERED


def test_a_failure_nobody_decided_on_may_be_decided_by_a_member(task: Task, script: Script, user: User) -> None:
    failed(task, script)
    row = retry_task(task=task, user=user)
    assert (row.state, row.source, row.number) == (RecoveryState.APPLIED, "person", 1)
    task.refresh_from_db()
    assert "recovery" not in task.params


def test_a_strategy_is_chosen_by_the_same_rules(task: Task, script: Script, user: User, offered: Offered) -> None:
    failed(task, script)
    with pytest.raises(StrategyRefused, match="Decompose into subtasks: The work cannot be divided"):
        choose_strategy(task=task, user=user, strategy="decompose_into_subtasks")
    with pytest.raises(ValueError, match="magic"):
        choose_strategy(task=task, user=user, strategy="magic")
    offered.fallbacks_ = (80, 60)
    row = choose_strategy(task=task, user=user, strategy="skip_with_fallback", note="Good enough for the demo.")
    assert (row.strategy, row.percent, row.actor) == ("skip_with_fallback", 80, user)
    assert (told(task)["percent"], told(task)["note"]) == (80, "Good enough for the demo.")
    assert actor_of("task.retry_planned") == user


def test_a_strategy_that_the_engine_refuses_says_why(task: Task, script: Script, user: User, offered: Offered) -> None:
    offered.parts_ = [NewTask(key=key, kind=KIND, phase=Phase.IMPLEMENT, title=key, needs=["lost"]) for key in "ab"]
    failed(task, script)
    with pytest.raises(StrategyRefused, match="keys that the build does not have"):
        choose_strategy(task=task, user=user, strategy="decompose_into_subtasks")
    assert not Task.objects.filter(parent=task).exists()


def test_who_comes_too_late_is_told(task: Task, script: Script, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    failed(task, script)
    monkeypatch.setattr(members, "apply", lambda order: None)
    with pytest.raises(WrongState, match="went on meanwhile"):
        give_up_task(task=task, user=user)


def test_giving_up_ends_the_task_with_the_reason(task: Task, script: Script, user: User) -> None:
    failed(task, script)
    row = choose_strategy(task=task, user=user, strategy="give_up", note="Not worth it.")
    task.refresh_from_db()
    assert (task.state, row.state, row.reasons) == (TaskState.FAILED, RecoveryState.EXHAUSTED, ["Not worth it."])
    assert actor_of("task.failed") == user
    assert Build.objects.get().state == BuildState.FAILED


def test_a_button_answers_the_open_question(asked: HumanRequest, task: Task, user: User) -> None:
    retry_task(task=task, user=user, note="Try again")
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.note, asked.answered_by) == (
        RequestState.ANSWERED, "retry", "Try again", user,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "state", "strategy"),
    [
        ("retry", TaskState.READY, "retry_with_delay"),
        ("context_reconstruction", TaskState.READY, "context_reconstruction"),
        ("give_up", TaskState.FAILED, "give_up"),
    ],
)
def test_an_answer_does_what_it_says(
    asked: HumanRequest, task: Task, user: User, answer: str, state: TaskState, strategy: str
) -> None:
    answer_request(request=asked, user=user, role=Role.OWNER, answer=answer, note="Use the new schema.")
    task.refresh_from_db()
    asked.refresh_from_db()
    assert (task.state, asked.state, asked.answer, asked.answered_by) == (state, RequestState.ANSWERED, answer, user)
    row = RecoveryAttempt.objects.get()
    assert (row.strategy, row.source, row.actor) == (strategy, "person", user)
    assert row.alternatives[0]["strategy"] == "ask_a_person"
    if state == TaskState.READY:
        assert told(task)["note"] == "Use the new schema."
    with pytest.raises(AnswerRefused, match="closed"):
        answer_request(request=asked, user=user, role=Role.OWNER, answer=answer, note="")


@pytest.mark.parametrize("answer", ["give_up", "context_reconstruction"])
def test_an_answer_needs_the_role_of_the_button_that_does_the_same(
    asked: HumanRequest, task: Task, user: User, answer: str
) -> None:
    """A developer may say so in words, and the task goes on with them."""
    with pytest.raises(Forbidden, match="needs the role maintainer; yours is developer"):
        answer_request(request=asked, user=user, role=Role.DEVELOPER, answer=answer, note="")
    asked.refresh_from_db()
    task.refresh_from_db()
    assert (asked.state, task.state) == (RequestState.OPEN, TaskState.WAITING)
    answer_request(request=asked, user=user, role=Role.DEVELOPER, answer="retry", note=answer)
    task.refresh_from_db()
    assert (task.state, told(task)["note"]) == (TaskState.READY, answer)


def test_a_maintainer_gives_up_by_an_answer(asked: HumanRequest, task: Task, user: User) -> None:
    answer_request(request=asked, user=user, role=Role.MAINTAINER, answer="give_up", note="")
    task.refresh_from_db()
    assert task.state == TaskState.FAILED


def test_an_answer_that_is_none_changes_nothing(asked: HumanRequest, task: Task, user: User) -> None:
    with pytest.raises(AnswerRefused, match="none of the answers"):
        answer_request(request=asked, user=user, role=Role.OWNER, answer="dance", note="")
    with pytest.raises(StrategyRefused, match="No other way is known"):
        answer_request(request=asked, user=user, role=Role.OWNER, answer="alternative_approach", note="")
    HumanRequest.objects.update(options=["accept"])
    asked.refresh_from_db()
    with pytest.raises(AnswerRefused, match="no end yet"):
        answer_request(request=asked, user=user, role=Role.OWNER, answer="accept", note="")
    Task.objects.filter(pk=task.pk).update(state=TaskState.RUNNING)
    with pytest.raises(AnswerRefused, match="is running again"):
        answer_request(request=asked, user=user, role=Role.OWNER, answer="accept", note="")
    asked.refresh_from_db()
    assert asked.state == RequestState.OPEN


def test_an_answer_that_is_overtaken_is_refused(
    asked: HumanRequest, task: Task, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from projects.engine import decisions

    monkeypatch.setattr(decisions, "answer", lambda **given: False)
    with pytest.raises(AnswerRefused, match="went on meanwhile"):
        answer_request(request=asked, user=user, role=Role.OWNER, answer="retry", note="")
    asked.refresh_from_db()
    assert asked.state == RequestState.OPEN


def test_an_answer_after_the_end_runs_the_build_again(ended: HumanRequest, task: Task, user: User) -> None:
    answer_request(request=ended, user=user, role=Role.OWNER, answer="retry", note="The schema is right now.")
    task.refresh_from_db()
    assert (task.state, told(task)["note"]) == (TaskState.READY, "The schema is right now.")
    assert Build.objects.get().state == BuildState.RUNNING
    row = RecoveryAttempt.objects.get(source="person")
    assert (row.epoch, row.state) == (task.epoch, RecoveryState.APPLIED)
    run_one()
    sweep()
    row.refresh_from_db()
    assert row.state == RecoveryState.RECOVERED


def test_a_strategy_after_the_end(ended: HumanRequest, task: Task, user: User, offered: Offered) -> None:
    with pytest.raises(AnswerRefused, match="cannot be divided"):
        answer_request(request=ended, user=user, role=Role.OWNER, answer="decompose_into_subtasks", note="")
    offered.approaches_ = [Approach(name="far", told="From the start", restart="research")]
    with pytest.raises(AnswerRefused, match="from its own place"):
        answer_request(request=ended, user=user, role=Role.OWNER, answer="alternative_approach", note="")
    offered.approaches_ = [Approach(name="near", told="In small steps")]
    answer_request(request=ended, user=user, role=Role.OWNER, answer="alternative_approach", note="")
    assert told(task)["approach"]["name"] == "near"


def test_after_the_end_giving_up_and_accepting_change_nothing_more(ended: HumanRequest, task: Task, user: User) -> None:
    HumanRequest.objects.update(options=["give_up", "accept"])
    ended.refresh_from_db()
    answer_request(request=ended, user=user, role=Role.OWNER, answer="give_up", note="")
    task.refresh_from_db()
    assert (task.state, task.accepted_at) == (TaskState.FAILED, None)
    HumanRequest.objects.update(state=RequestState.OPEN)
    answer_request(request=ended, user=user, role=Role.OWNER, answer="accept", note="")
    task.refresh_from_db()
    assert task.accepted_by == user


def test_accepting_withdraws_what_is_left_to_ask(task: Task, script: Script, user: User, build: Build) -> None:
    script.ends["only"] = [Succeeded(degraded=["No pictures."], merge=False)]
    run_one()
    task.refresh_from_db()
    request_for(task, epoch=1, reason=RequestReason.EXHAUSTED, until=None).save()
    accept_task(task=task, user=user)
    assert HumanRequest.objects.get().state == RequestState.WITHDRAWN
    assert actor_of("task.accepted") == user


def test_parts_are_told_the_note_of_who_divided_the_work(
    task: Task, script: Script, offered: Offered, user: User
) -> None:
    failed(task, script)
    task.refresh_from_db()
    offered.parts_ = in_a_row(task, [Piece(title=title, params={}) for title in ("One", "Two")])
    choose_strategy(task=task, user=user, strategy="decompose_into_subtasks", note="Mind the tests.")
    parts = Task.objects.filter(parent=task)
    assert [told(part)["note"] for part in parts] == ["Mind the tests."] * 2
    assert [told(part)["strategy"] for part in parts] == ["decompose_into_subtasks"] * 2


@pytest.mark.feature("F3.10")
@pytest.mark.parametrize("told_", ["text", {"approach": "text"}, {"avoid": 5}, {"depth": "x"}, {"percent": None}])
def test_guidance_that_no_attempt_could_read_is_refused(
    ended: HumanRequest, task: Task, user: User, told_: object
) -> None:
    task.refresh_from_db()
    with pytest.raises(InputRefused, match="recovery") as refused:
        replay_task(task=task, user=user, params={"recovery": told_})
    assert refused.value.errors[0]["field"].startswith("params.recovery")
    task.refresh_from_db()
    assert task.state == TaskState.FAILED


@pytest.mark.feature("F3.10")
def test_a_dead_letter_whose_fallback_failed_is_replayed_whole(task: Task) -> None:
    params = {"goal": 1, "recovery": {"percent": 60, "avoid": ["claude"]}}
    Task.objects.filter(pk=task.pk).update(state=TaskState.FAILED, params=params)
    kept = guidance_of(dead_letter(task.build.workspace_id, task.pk).guidance)
    assert (kept.percent, kept.avoid) == (100, ("claude",))


@pytest.mark.feature("F3.10")
@pytest.mark.parametrize("params", [None, {"goal": "smaller"}])
def test_a_dead_letter_is_replayed_also_with_other_params(
    ended: HumanRequest, task: Task, user: User, params: dict[str, Any] | None
) -> None:
    task.refresh_from_db()
    replay_task(task=task, user=user, params=params, reason="The disk is larger.", note="Look at the disk.")
    task.refresh_from_db()
    assert (task.state, told(task)["note"]) == (TaskState.READY, "Look at the disk.")
    assert ("goal" in task.params) == (params is not None)
    ended.refresh_from_db()
    assert ended.state == RequestState.WITHDRAWN
    assert RecoveryAttempt.objects.get(source="person").reasons == ["The disk is larger."]
    with pytest.raises(WrongState):
        replay_task(task=task, user=user)


def test_a_question_is_withdrawn_once_the_task_ends_otherwise(asked: HumanRequest, task: Task) -> None:
    sweep()
    asked.refresh_from_db()
    assert asked.state == RequestState.OPEN
    Task.objects.filter(pk=task.pk).update(state=TaskState.CANCELLED)
    sweep()
    asked.refresh_from_db()
    assert (asked.state, asked.note) == (RequestState.WITHDRAWN, "No longer needed.")
    assert asked.answered_at is not None


def test_failures_after_an_answer_count_anew(asked: HumanRequest, task: Task, user: User, script: Script) -> None:
    from recovery.gather import situation_of

    answer_request(request=asked, user=user, role=Role.OWNER, answer="retry", note="")
    script.ends["only"] = [timeout(), WorkFailed("4 tests failed.", kind="work")]
    run_one()
    task.refresh_from_db()
    assert (task.attempts, situation_of(task).history) == (1, [])
