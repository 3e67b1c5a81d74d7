"""The repository's own tests. What failed before is told and counts for nothing; what was green must be green."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from autodev.blueprints.manifest import Manifest
from autodev.sandbox import LIMITS, SandboxResult
from projects.checks.context import INSIDE, VENV, CheckContext, NotRun
from projects.checks.python.tests import parse_report
from projects.checks.types import FindingData, RungResult

_PLUGINS = "/run/autodev/plugins"
_SHOWN = 50
GREEN = "green"  # in the metrics: the names of the tests that passed
RED = "red"
ENDED = "The tests were ended"  # among the red ones, where a limit ended the whole run
NO_TESTS = "no-tests"
NOTHING = "No test passed, and none did before the change."
TEST_FILE = re.compile(r"(?:test_.*|.*_test)\.py")


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The names of the tests as they were when the repository was measured last; that of a file is red where none of
    its tests could be collected."""

    green: frozenset[str] = frozenset()
    red: frozenset[str] = frozenset()

    def was_red(self, name: str) -> bool:
        """Whether it, or the whole file that it is in, was red: no change is to blame for it."""
        return name not in self.green and (name in self.red or name.partition("::")[0] in self.red)


@dataclass(frozen=True)
class ImportedTests:
    """Without a `baseline` the repository is measured for the first time, and whatever comes of it is the answer."""

    baseline: Baseline | None = None

    key = "tests"
    title = "The repository's own tests"
    position = 40
    needs = ("install",)

    @property
    def required(self) -> bool:
        """Where nothing was green, nothing can be lost."""
        return self.baseline is not None and bool(self.baseline.green)

    def applies(self, manifest: Manifest) -> bool:
        return manifest.language == "python"

    def run(self, ctx: CheckContext) -> RungResult:
        if not ctx.project_has("lib/python*/site-packages/pytest"):
            raise NotRun("pytest is not among the project's packages")
        files = {f"{_PLUGINS}/autodev_report.py": (INSIDE / "autodev_report.py").read_bytes()}
        argv = [
            f"{VENV}/bin/python", "-m", "pytest", "-q", "--no-header", "-p", "autodev_report", "-p",
            "no:cacheprovider", "--continue-on-collection-errors",
            *([ctx.manifest.tests] if ctx.manifest.tests != "." else []),
        ]  # fmt: skip
        env = {
            "PYTHONPATH": f"{_PLUGINS}:/workspace/app:/workspace/app/src",
            "AUTODEV_REPORT": "/workspace/out/report.jsonl",
            "AUTODEV_REPORT_PASSED": "1",
        }  # fmt: skip
        with ctx.workspace() as workspace:
            (workspace / "out").mkdir()
            done = ctx.run(
                argv, workspace=workspace, limits=LIMITS["test"], project=True, env=env, files=files,
                artefacts=["out/report.jsonl"],
            )  # fmt: skip
        return self._judge(ctx, done)

    def _judge(self, ctx: CheckContext, done: SandboxResult) -> RungResult:
        findings, counts, green = parse_passed(done.artefacts.get("out/report.jsonl", b""))
        if done.status not in ("ok", "nonzero"):
            findings.append(FindingData(rule=f"limit.{done.status}", message=f"{ENDED}: {done.status}."))
        red = {name_of(finding) for finding in findings} or (set() if green else set(_test_files(ctx.root)))
        known = self.baseline or Baseline(red=frozenset(red))
        lost = sorted(known.green - green)
        metrics = {**counts, GREEN: sorted(green), RED: sorted(red), "lost": lost[:_SHOWN]}
        told = [replace(f, severity="warning") if known.was_red(name_of(f)) else f for f in findings]
        named = {name_of(finding) for finding in told}
        told += [_gone(name) for name in lost[:_SHOWN] if name not in named]
        if not green and self.baseline is not None and not self.baseline.green:
            return ctx.answer(self.key, "not_run", findings=told, metrics=metrics, reason=NOTHING)
        if not green:
            last = next((line for line in reversed((done.stdout + done.stderr).splitlines()) if line.strip()), "")
            told.append(FindingData(rule=NO_TESTS, message=f"No test passed. {last[:300]}".strip()))
        ok = bool(green) and not any(f.severity == "error" for f in told)
        return ctx.answer(self.key, "passed" if ok else "failed", findings=told, metrics=metrics)


def _test_files(root: Path) -> list[str]:
    """The files that hold tests by convention: all of them are red where the run says nothing of any."""
    found = (path for path in root.rglob("*.py") if TEST_FILE.fullmatch(path.name))
    return sorted(path.relative_to(root).as_posix() for path in found)


def name_of(finding: FindingData) -> str:
    """The test that a finding of the report is about."""
    return finding.message.split(": ", 1)[0]


def _gone(name: str) -> FindingData:
    message = f"{name}: it was green before, and did not run or pass"
    return FindingData(rule="test.gone", message=message, file=name.split("::", maxsplit=1)[0])


def parse_passed(data: bytes) -> tuple[list[FindingData], dict[str, int], set[str]]:
    """As `parse_report`, with the names of the tests that passed."""
    findings, counts = parse_report(data)
    return findings, counts, passed_in(data)


def passed_in(data: bytes) -> set[str]:
    """The names of the tests that the plug-in saw pass; a line that is none is left out."""
    found = set()
    for line in data.decode(errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and "passed" in entry:
            found.add(str(entry["passed"]))
    return found
