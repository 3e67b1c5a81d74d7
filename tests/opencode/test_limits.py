"""Limits from outside, cancelling, and ends that are no success."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.contracts.contexts import DocumentContext, Problem, RepairContext
from autodev.contracts.job import JobKind
from providers.failures.kinds import FailureKind
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.kinds.opencode import OpenCodeKind, run
from providers.kinds.programs.run import TURNS
from tests.developers import Developer, Read, Run, Write, looping, lying, truncating
from tests.opencode.test_work import GREET, asked
from tests.pipeline.conftest import SPEC
from tests.programs.conftest import Here

pytestmark = [pytest.mark.slow, pytest.mark.feature("F2.2")]
REPAIR = RepairContext(spec=SPEC, blueprint="probe", problems=[Problem(check="lint", message="unused import")])


def test_turns_that_are_used_up_leave_their_work(here: Here) -> None:
    first = [Write("probe/greet.py", GREET)]
    here.lab.upstream("a").answer(Developer(looping(Read("README.md"), Run("ls"), first=first)))
    result = here.perform(OpenCodeKind(), here.job(), here.target("opencode", params={"max_turns": 4}))
    assert result.answer.paths == ("probe/greet.py",)
    assert result.left_open == (TURNS,)
    assert len(asked(here)) <= 6


def test_a_liar_is_not_believed(here: Here) -> None:
    here.lab.upstream("a").answer(Developer(lying()))
    with pytest.raises(ProviderFailure, match="changed nothing") as failed:
        here.perform(OpenCodeKind(), here.job(REPAIR, kind=JobKind.REPAIR), here.target("opencode"))
    assert failed.value.kind == FailureKind.CODE_ERROR
    assert "unused import" in asked(here)[0]


def test_a_tool_call_that_breaks_off_is_made_again(here: Here) -> None:
    plan = [Write("docs/guide.md", "# How it greets\n" * 20)]
    here.lab.upstream("a").answer(Developer(truncating(plan, times=1)))
    job = here.job(DocumentContext(spec=SPEC, blueprint="probe", paths=["probe/__init__.py"]), kind=JobKind.DOCUMENT)
    result = here.perform(OpenCodeKind(), job, here.target("opencode"))
    assert result.answer.paths == ("docs/guide.md",)
    assert here.text("docs/guide.md") == "# How it greets\n" * 20


def test_a_server_of_another_version_is_refused(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "version", lambda: "9.9.9")
    with pytest.raises(ProviderFailure, match=r"9\.9\.9 is wanted") as failed:
        here.perform(OpenCodeKind(), here.job(), here.target("opencode"))
    assert failed.value.kind == FailureKind.FRAMEWORK_ERROR
    assert asked(here) == []


def test_what_is_not_installed_is_not_for_this_job(here: Here, tmp_path: Path, settings: object) -> None:
    settings.AUTODEV_PROGRAMS = tmp_path  # type: ignore[attr-defined]
    assert "autodev agents install opencode" in OpenCodeKind().missing()
    with pytest.raises(NotForThisJob, match="is not in"):
        here.perform(OpenCodeKind(), here.job(), here.target("opencode"))
