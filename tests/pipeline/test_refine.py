"""The refine phase through the engine: a crash between two fixes loses none, and the rows say what was repaired."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from autodev.lib import failpoints
from projects.checks.types import Rung
from projects.engine.revoke import revoke_lost
from projects.fixes.types import Fix
from projects.models import Finding, Task
from projects.pipeline.proof import Bench, Proof
from projects.pipeline.refine import _updates
from projects.selectors.evidence import findings_of
from projects.states import TaskState
from tests.fixes.conftest import report
from tests.pipeline.conftest import GOOD, Pipeline

pytestmark = pytest.mark.feature("F1.12")

BROKEN = {
    "probe/__init__.py": GOOD.replace("def answer() -> int:", "def answer() -> int"),
    "probe/other.py": 'import json\n\n"""Says nothing."""\nx=1\n',
}


def test_a_crash_between_two_fixes_loses_none(pipeline: Pipeline, short_ladder: list[Rung]) -> None:
    build = pipeline.made(BROKEN, short_ladder)
    made = build.head
    pipeline.step("validate")

    failpoints.set_faults("snapshot.after_row=raise@1")
    with pytest.raises(OperationalError):
        pipeline.step("refine")
    failpoints.set_faults("")
    cut_off = Task.objects.get(build=build, key="refine")
    assert cut_off.head not in {"", made}
    assert revoke_lost(cut_off, expired_only=False)

    again = pipeline.step("refine")
    assert again.state == TaskState.SUCCEEDED
    kept = [tried["fix"] for tried in again.result["tried"] if tried["outcome"] == "kept"]
    assert kept[0] == "syntax-trifles"
    assert len(kept) > 1
    assert again.result["green"] is True
    assert pipeline.build.head not in {made, cut_off.head}
    assert pipeline.build.last_green == pipeline.build.head
    assert pipeline.repository.read(pipeline.build.head, "probe/__init__.py").decode() == GOOD


def test_findings_say_what_fixed_them(pipeline: Pipeline, short_ladder: list[Rung]) -> None:
    build = pipeline.made({**BROKEN, "probe/third.py": "value = undefined\n"}, short_ladder)
    made = build.head
    pipeline.step("validate")
    pipeline.step("refine")
    syntax = Finding.objects.get(build=build, commit=made, rule="syntax")
    assert syntax.fixed_by == "syntax-trifles"
    assert pipeline.build.last_green == ""
    left = Finding.objects.get(build=build, commit=pipeline.build.head, rule="F821")
    assert left.fixed_by == ""
    shown = list(findings_of(pipeline.build))
    assert left in shown
    assert syntax in shown
    assert not [f for f in shown if f.commit == made and not f.fixed_by]


def test_a_retry_of_validate_does_not_repeat_findings(pipeline: Pipeline, short_ladder: list[Rung]) -> None:
    build = pipeline.made(BROKEN, short_ladder)
    failpoints.set_faults("finish.before=raise@1")
    with pytest.raises(OperationalError):
        pipeline.step("validate")
    failpoints.set_faults("")
    before = Finding.objects.count()
    assert before
    assert revoke_lost(Task.objects.get(build=build, key="validate"), expired_only=False)
    pipeline.step("validate")
    assert Finding.objects.count() == findings_of(build).count() == before


def test_a_package_that_a_fix_adds_is_told_with_its_version(pipeline: Pipeline, short_ladder: list[Rung]) -> None:
    pipeline.made({"probe/__init__.py": GOOD}, short_ladder)
    ctx = pipeline.context()
    try:
        bench = Bench(ctx)
        apply = bench.applier()
        assert apply(Fix(fixer="missing-dependency", title="Require tabulate", requirements=("tabulate",)))
        assert apply(Fix(fixer="missing-dependency", title="Require humanize", requirements=("humanize",)))
        updates = _updates(ctx, bench, Proof(report=report()))
        assert {"tabulate", "humanize"} <= set(updates["tech_stack"])
        assert ctx.workspace.read("requirements.lock").decode() == bench.lock
        assert Bench(ctx).lock == bench.lock
    finally:
        ctx.close()
