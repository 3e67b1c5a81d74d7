"""How a run ends that goes wrong: soon, once, and under its right name."""

from __future__ import annotations

import time
from typing import Any

import pytest

from autodev.lib import aio
from autodev.programs.types import Installed, ProgramMissing
from providers.failures.kinds import FailureKind
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.kinds.claude_agent import ClaudeAgentKind, adapter, run
from providers.kinds.programs.begun import begun
from providers.kinds.programs.run import TURNS
from tests.developers import Action, Developer, Run, Write, good, looping, lying
from tests.programs.conftest import Here
from tests.providers_lab.answers import Answer

pytestmark = pytest.mark.feature("F2.2")
KIND = ClaudeAgentKind()


def failure(here: Here, **target: Any) -> ProviderFailure:
    with pytest.raises(ProviderFailure) as failed:
        here.perform(KIND, here.job(), here.target("claude_agent", **target))
    return failed.value


def asked(here: Here) -> int:
    return sum(1 for one in here.lab.upstream("a").requests if one.stream)


@pytest.mark.parametrize(
    ("fault", "kind", "outside"),
    [("authentication", FailureKind.AUTHENTICATION, False), ("overloaded", FailureKind.OVERLOADED, True)],
)
def test_a_model_that_refuses_is_not_asked_for_minutes(here: Here, fault: str, kind: str, outside: bool) -> None:
    """By itself the program asks eleven times in three minutes, a wrong key too."""
    here.lab.upstream("a").fail(fault)
    begun = time.monotonic()
    failed = failure(here)
    assert (failed.kind, failed.outside) == (kind, outside)
    assert time.monotonic() - begun < 120
    # Three requests of the program's; the gateway tries its own few times in each.
    assert len({call.request_id for call in here.calls()}) <= 3
    # Whoever comes next begins anew, unless it was merely away.
    assert bool([step for step in here.steps("note") if ":over:" in step.key]) is not outside


def test_an_empty_success_is_none(here: Here) -> None:
    """The program calls it a success: no error, no text."""
    here.lab.upstream("a").answer(Answer(text=""))
    assert failure(here).kind == FailureKind.EMPTY_ANSWER


def test_answers_that_are_cut_off_at_their_limit_end_it(here: Here) -> None:
    """By itself it asks for the rest three times."""
    here.lab.upstream("a").answer(Answer(text="Once upon a time", finish="length"))
    assert failure(here).kind == FailureKind.OUTPUT_LIMIT
    assert asked(here) <= 5


def test_a_session_that_nobody_has_is_begun_anew(here: Here) -> None:
    """A kill before the first word: its journal has the session, its home has not."""
    job = here.job()
    aio.run(begun(job, "program"))
    here.lab.upstream("a").answer(Developer(good([Write("probe/one.py", "ONE = 1\n")], check=False)))
    result = here.perform(KIND, job, here.target("claude_agent"))
    assert result.answer.paths == ("probe/one.py",)
    assert [step.key.partition(":renewed:")[2] for step in here.steps("note") if ":renewed:" in step.key] == ["1:1"]


def test_a_silent_model_is_left(here: Here) -> None:
    here.lab.upstream("a").fail("hang")
    begun = time.monotonic()
    failed = failure(here, params={"silence_seconds": 4})
    assert (failed.kind, failed.details["limit"]) == ("timeout", "silence")
    assert time.monotonic() - begun < 120


def test_done_without_a_change_is_not_believed(here: Here) -> None:
    here.lab.upstream("a").answer(Developer(lying()))
    failed = failure(here)
    assert failed.kind == "code_error"
    assert "changed nothing and does not say why" in str(failed)
    (over,) = [step for step in here.steps("note") if ":over:" in step.key]
    assert "changed nothing" in over.title


def test_a_loop_is_cut_after_its_turns_and_its_work_kept(here: Here) -> None:
    here.lab.upstream("a").answer(Developer(looping(Run("true"), first=[Write("probe/one.py", "ONE = 1\n")])))
    result = here.perform(KIND, here.job(), here.target("claude_agent", params={"max_turns": 4}))
    assert result.answer.paths == ("probe/one.py",)
    assert result.left_open == (TURNS,)
    assert asked(here) <= 5


def test_why_it_did_not_start_is_told(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so on its standard error only."""
    monkeypatch.setattr(run, "command_of", lambda options: [adapter.INSIDE, "--no-such-option"])
    failed = failure(here)
    assert failed.kind == "framework_error"
    assert "--no-such-option" in str(failed)
    assert asked(here) == 0


def test_where_it_is_not_installed_it_is_not_for_the_job(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    def find() -> Installed:
        raise ProgramMissing("It is not installed.", hint="Install it.")

    monkeypatch.setattr(adapter, "find", find)
    assert KIND.missing() == "It is not installed. Install it."
    failed = failure(here)
    assert isinstance(failed, NotForThisJob)


def test_files_that_cannot_be_kept_are_a_failure_of_the_work(here: Here) -> None:
    plan: list[Action] = [Write("probe/one.py", "ONE = 1\n"), Run("git init -q . || mkdir .git; sleep 0.1")]
    here.lab.upstream("a").answer(Developer(good(plan, check=False)))
    failed = failure(here)
    assert failed.kind == "code_error"
    assert ".git" in str(failed)
