"""The gate on a build's rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodev.accounts.models import Workspace
from autodev.sandbox import Isolation
from autodev.spec.schema import Spec
from projects.checks.gate_rows import verdict
from projects.models import Build, Check, CheckKind, CheckResult, Evidence, Project, Requirement
from projects.pipeline.records import write_plan
from projects.pipeline.rungs import ladder_of
from tests.checks import sample

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.18")]
HEAD = "a" * 40


@pytest.fixture
def build() -> Build:
    workspace = Workspace.objects.create(name="Team", slug="team")
    project = Project.objects.create(workspace=workspace, name="Todo", slug="todo")
    build = Build.objects.create(project=project, number=1, idea="A todo app", head=HEAD)
    requirement = Requirement.objects.create(
        build=build, key="r1", sentence="Users add todos.", text="t", kind="feature"
    )
    rung = Check.objects.create(build=build, kind=CheckKind.LADDER, key="tests", title="Tests")
    acceptance = Check.objects.create(
        build=build, requirement=requirement, kind=CheckKind.ACCEPTANCE, key="r1.add", title="adds", digest="d1"
    )
    for check, details in ((rung, {}), (acceptance, {"digest": "d1"})):
        Evidence.objects.create(
            check_row=check, epoch=1, commit=HEAD, result=CheckResult.PASSED, details=details, sandbox_level="process"
        )
    return build


def test_green_rows_succeed_in_three_queries(build: Build) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert verdict(build, min_level=Isolation.PROCESS).outcome == "succeeded"
    assert len(queries) == 3


def test_rows_of_another_commit_do_not_count(build: Build) -> None:
    build.head = "b" * 40
    assert set(verdict(build).missing) == {"tests", "r1.add"}


def test_the_reason_stands_in_the_verdict(build: Build) -> None:
    Evidence.objects.create(
        check_row=Check.objects.get(key="r1.add"), epoch=2, commit=HEAD, result=CheckResult.FAILED,
        details={"digest": "d1", "reason": "answered 500"}, sandbox_level="process",
    )  # fmt: skip
    assert verdict(build).degraded == ('"Users add todos.": adds: failed (answered 500)',)


def test_evidence_without_a_level_does_not_count(build: Build) -> None:
    Evidence.objects.update(sandbox_level="")
    assert verdict(build).outcome == "degraded"


def test_a_rung_that_the_user_relaxed_is_advisory(build: Build) -> None:
    plan = write_plan(
        Build.objects.get(), Spec(name="p", title="P", summary="", idea="P.", project_type="unknown"), sample.MANIFEST,
        ladder_of(sample.MANIFEST, {"validation": {"strict_mode": False}}),
    )  # fmt: skip
    assert plan == 0
    Evidence.objects.create(
        check_row=Check.objects.get(key="lint"),
        epoch=1,
        commit=HEAD,
        result=CheckResult.FAILED,
        sandbox_level="process",
    )
    word = verdict(build)
    assert "lint" not in word.missing
    assert any(warning.startswith("Lint") for warning in word.warnings)
