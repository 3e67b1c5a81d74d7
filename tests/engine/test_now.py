"""What a build says that it does while it waits."""

from __future__ import annotations

import datetime as dt

import pytest

from autodev.lib.clock import shifted, utcnow
from projects.engine import decisions, finish
from projects.engine.claim import Claimed, claim
from projects.engine.now import WORDS
from projects.engine.outcome import Waits
from projects.engine.revoke import revoke_stalled
from projects.engine.sweep import sweep
from projects.models import Attempt, AttemptOutcome, Build, Task
from projects.states import PERSON, RECOVERY
from tests.factories.projects import TaskFactory

pytestmark = pytest.mark.usefixtures("no_recovery")


def doing() -> str:
    return Build.objects.get().current_task


def test_a_build_that_waits_says_why_and_then_works_again(claimed: Claimed) -> None:
    assert doing() == claimed.task.title
    finish.wait(claimed, Waits(reason="The registry does not answer.", on="the registry"))
    assert doing() == "The registry does not answer."
    assert Attempt.objects.get().get_outcome_display() == "Waits for the registry"
    with shifted(31):
        sweep()
        assert claim("w")
    assert doing() == claimed.task.title


def test_while_another_task_runs_it_says_that(claimed: Claimed, task: Task) -> None:
    TaskFactory.create(build=task.build, key="beside", title="Make the rest")
    assert claim("w")
    finish.wait(claimed, Waits(reason="The registry does not answer."))
    assert doing() == "Make the rest"


def test_recoverys_wait_is_told(claimed: Claimed, task: Task) -> None:
    finish.fail_attempt(claimed, kind="k", message="m", fingerprint="f")
    assert doing() == WORDS[RECOVERY]
    until = utcnow() + dt.timedelta(minutes=5)
    assert decisions.retry(task_id=task.pk, epoch=1, reason="Waits for a provider (claude).", until=until)
    assert doing() == "Waits for a provider (claude)."


def test_a_question_to_a_person_is_told(claimed: Claimed, task: Task) -> None:
    finish.fail_attempt(claimed, kind="k", message="m", fingerprint="f")
    until = utcnow() + dt.timedelta(minutes=5)
    assert decisions.ask_person(task_id=task.pk, epoch=1, until=until, reason="It does not know.")
    assert doing() == WORDS[PERSON]


def test_a_task_that_was_revoked_is_told(claimed: Claimed, task: Task) -> None:
    with shifted(1000):
        assert revoke_stalled(Task.objects.get(pk=task.pk), timeout_s=900)
    assert doing() == WORDS[RECOVERY]


def test_an_outcome_is_called_as_its_choice_where_nothing_is_known(claimed: Claimed) -> None:
    finish.wait(claimed, Waits(reason="r"))
    assert Attempt.objects.get().get_outcome_display() == AttemptOutcome.WAITING.label
    assert Attempt(outcome=AttemptOutcome.LOST).get_outcome_display() == "Worker lost"
