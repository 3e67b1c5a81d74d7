"""What the tests of an imported repository show about what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autodev.blueprints.manifest import Manifest
from projects.checks.context import CheckContext
from projects.checks.imported.tests import GREEN, Baseline
from projects.checks.types import FindingData, RungResult, RungStatus


@dataclass(frozen=True)
class Kept:
    """All tests that were green before are green; `key` tells those apart that stand for different requirements. Where
    none was, nothing can be lost."""

    baseline: Baseline | None = None
    key: str = "kept"

    title = "What was green stays green"
    position = 41
    required = True

    @property
    def needs(self) -> Sequence[str]:
        return ("install",) if self._nothing else ("tests",)

    @property
    def _nothing(self) -> bool:
        return self.baseline is not None and not self.baseline.green

    def applies(self, manifest: Manifest) -> bool:
        return True

    def run(self, ctx: CheckContext) -> RungResult:
        if self._nothing:
            said = "No test was green before, so none can be lost."
            return RungResult(key=self.key, status="passed", excerpt=said, level=ctx.earlier["install"].level)
        tests = ctx.earlier["tests"]
        green = set(tests.metrics.get(GREEN, ()))
        lost = sorted(self.baseline.green - green) if self.baseline is not None else []
        said = f"{len(green)} tests are green" + (f", {len(lost)} no longer" if lost else "")
        found = [FindingData(rule="test.gone", message=f"{name}: it was green before") for name in lost[:50]]
        status: RungStatus = "failed" if lost else "passed"
        return RungResult(key=self.key, status=status, findings=tuple(found), excerpt=said, level=tests.level)


@dataclass(frozen=True)
class Arrived:
    """The change came with tests of its own, and they are green. Whoever made the change wrote them: it is the weakest
    evidence that counts, and the page says what it is."""

    baseline: Baseline
    key: str = "new_tests"

    title = "Tests that came with the change pass"
    position = 42
    needs = ("tests",)
    required = True

    def applies(self, manifest: Manifest) -> bool:
        return True

    def run(self, ctx: CheckContext) -> RungResult:
        tests = ctx.earlier["tests"]
        new = sorted(set(tests.metrics.get(GREEN, ())) - self.baseline.green)
        if not new:
            finding = FindingData(rule="test.missing", message="No test came with the change.", hint="Add tests of it.")
            return RungResult(key=self.key, status="failed", findings=(finding,), level=tests.level)
        said = "\n".join(new[:50])
        return RungResult(key=self.key, status="passed", excerpt=said, level=tests.level, metrics={"new": len(new)})
