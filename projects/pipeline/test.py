"""Phase 4, with a model: tests for what models added. Kept only where nothing is worse and no line is tested less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from autodev.blueprints.manifest import Manifest
from autodev.contracts.contexts import TestContext
from autodev.contracts.job import JobKind
from autodev.lib.words import counted
from autodev.spec.schema import Spec
from projects.checks.types import LadderReport
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.pipeline.beside import Beside, of_base
from projects.pipeline.by_models import changed_since_made
from projects.pipeline.guided import guidance
from projects.pipeline.results import result_of
from projects.pipeline.stacks import suite_commands

FILES_AT_MOST = 40
# Two measurements of the same tests may differ by the order in which threads ran.
LESS = 0.5


def run(ctx: TaskContext) -> Outcome:
    """Nothing where models changed no code. Raises WorkFailed where nobody does it, or what was done is of no use."""
    wanted = guidance(ctx).percent
    work = Beside(ctx, kind=JobKind.TEST, own=lambda path: is_test(work.bench.manifest, path), worse=tested_less(ctx))
    manifest = work.bench.manifest
    paths = [path for path in changed_since_made(ctx) if is_code(manifest, path)][:FILES_AT_MOST]
    if not paths:
        ctx.progress(100, "Nothing to test")
        return Succeeded(result={"kept": False, "reason": "no code was added"}, merge=False)
    if wanted < 100:
        return work.stand_in(wanted, lambda: of_base(ctx, work.bench))
    ctx.progress(5, f"Measuring the tests of {counted(len(paths), 'file')}")
    before = of_base(ctx, work.bench)
    context = TestContext(
        spec=Spec.model_validate(ctx.build.spec), blueprint=manifest.name, paths=paths,
        uncovered=uncovered(before, paths), commands=suite_commands(result_of(ctx, "research")),
    )  # fmt: skip
    return work.done(brief=f"Tests for {', '.join(paths)}"[:2000], context=context, before=lambda: before)


def is_test(manifest: Manifest, path: str) -> bool:
    """Whether it is one of the project's tests, or something that they use. An imported project may have them beside
    its code, or in folders of their own anywhere."""
    *folders, name = PurePosixPath(path).parts
    if manifest.tests == ".":
        beside = bool({"tests", "test"} & set(folders))
    else:
        beside = path.startswith(f"{manifest.tests.rstrip('/')}/")
    return beside or name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


def is_code(manifest: Manifest, path: str) -> bool:
    return path.endswith(".py") and not is_test(manifest, path) and "/migrations/" not in f"/{path}"


def coverage_of(report: LadderReport) -> Mapping[str, Mapping[str, Any]]:
    """File → `percent` and `missing` lines."""
    rung = report.rung("tests")
    return dict(rung.metrics.get("coverage_of") or {}) if rung is not None else {}


def uncovered(report: LadderReport, paths: Sequence[str]) -> dict[str, str]:
    """Path → the lines that no test reaches, of those that are measured and have such lines."""
    measured = coverage_of(report)
    lines = {path: measured[path]["missing"] for path in paths if path in measured}
    return {path: f"lines {', '.join(map(str, missing))}" for path, missing in lines.items() if missing}


def tested_less(ctx: TaskContext) -> Any:
    """What of the added files is tested less in a second report than in a first."""

    def worse(before: LadderReport, after: LadderReport) -> str:
        old, new = coverage_of(before), coverage_of(after)
        for path in changed_since_made(ctx):
            if path in old and path in new and new[path]["percent"] < old[path]["percent"] - LESS:
                return f"{path} was covered to {old[path]['percent']:.0f} %, and is to {new[path]['percent']:.0f} %."
        return ""

    return worse
