"""The project's own tests pass and cover enough of its source. Only this rung runs its code by its own rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autodev.blueprints.manifest import Manifest
from autodev.sandbox import LIMITS, SandboxResult
from autodev.sandbox.browser import browser_program
from projects.checks.context import INSIDE, VENV, CheckContext, NotRun
from projects.checks.types import FindingData, RungResult

COVERAGE_BAR = 80.0
BROWSER_PIDS = 512  # Chromium has 100 threads, and 20 more for each window
_PLUGINS = "/run/autodev/plugins"
_COVERAGE_INI = b"[run]\nomit =\n    */migrations/*\n    */tests/*\n[report]\nexclude_also =\n    if TYPE_CHECKING:\n"
_SHOWN_MISSING = 5
_FILES_KEPT, _LINES_KEPT = 200, 30
_LIMIT_WORDS = {
    "timeout": "The tests did not end in time.",
    "cpu_limit": "The tests used up their processor time.",
    "oom": "The tests ran out of memory.",
    "output_limit": "The tests printed more than is allowed.",
    "pids": "The tests started too many processes.",
    "killed": "The tests were ended by a limit.",
}


class Tests:
    key = "tests"
    title = "Tests and coverage"
    position = 40
    needs = ("parse", "install")
    required = True

    def applies(self, manifest: Manifest) -> bool:
        return manifest.language == "python"

    def run(self, ctx: CheckContext) -> RungResult:
        if not ctx.project_has("lib/python*/site-packages/pytest"):
            raise NotRun("pytest is not among the project's packages")
        if not ctx.project_has("lib/python*/site-packages/pytest_cov"):
            raise NotRun("pytest-cov is not among the project's packages, so coverage cannot be measured")
        files = {
            f"{_PLUGINS}/autodev_report.py": (INSIDE / "autodev_report.py").read_bytes(),
            "/run/autodev/coverage.ini": _COVERAGE_INI,
        }
        argv = [
            f"{VENV}/bin/python", "-m", "pytest", "-q", "--no-header", "-p", "autodev_report", "-p", "no:cacheprovider",
            f"--cov={ctx.manifest.source}", "--cov-config=/run/autodev/coverage.ini",
            "--cov-report=json:/workspace/out/coverage.json", "--cov-report=", ctx.manifest.tests,
        ]  # fmt: skip
        env = {"PYTHONPATH": _PLUGINS, "AUTODEV_REPORT": "/workspace/out/report.jsonl"}
        limits = LIMITS["test"]
        browser = None
        if ctx.project_has("lib/python*/site-packages/playwright"):
            # It tests its screens, with the machine's browser. A launcher that it finds by itself may not work inside.
            browser = browser_program()
            env["CHROMIUM"] = browser.program if browser is not None else ""
            limits = replace(limits, pids=BROWSER_PIDS)
        with ctx.workspace() as workspace:
            (workspace / "out").mkdir()
            done = ctx.run(
                argv, workspace=workspace, limits=limits, project=True, env=env, files=files,
                artefacts=["out/report.jsonl", "out/coverage.json"], layers=browser.ro_layers if browser else None,
            )  # fmt: skip
        return self._judge(ctx, done)

    def _judge(self, ctx: CheckContext, done: SandboxResult) -> RungResult:
        findings, counts = parse_report(done.artefacts.get("out/report.jsonl", b""))
        if done.status in _LIMIT_WORDS:
            findings.append(FindingData(rule=f"limit.{done.status}", message=_LIMIT_WORDS[done.status]))
        elif done.exit_code == 5:
            findings.append(FindingData(rule="no-tests", message="No test was found.", file=ctx.manifest.tests))
        elif not done.ok and not findings:
            last = next((line for line in reversed((done.stdout + done.stderr).splitlines()) if line.strip()), "")
            findings.append(FindingData(rule="pytest", message=f"pytest ended with {done.exit_code}: {last[:500]}"))
        percent, short = parse_coverage(done.artefacts.get("out/coverage.json", b""))
        green = done.ok and not findings and counts.get("passed", 0) > 0
        if done.ok and counts.get("passed", 0) == 0:
            findings.append(FindingData(rule="no-tests", message="No test ran.", file=ctx.manifest.tests))
        if percent is None and done.ok:
            findings.append(FindingData(rule="coverage", message="The tests left no coverage data."))
            green = False
        elif percent is not None and percent < COVERAGE_BAR and done.ok:
            findings.extend(_coverage_findings(percent, short))
            green = False
        metrics = {"coverage": percent, "coverage_of": coverage_of(short), **counts}
        return ctx.answer(self.key, "passed" if green else "failed", findings=findings, metrics=metrics)


def parse_report(data: bytes) -> tuple[list[FindingData], dict[str, int]]:
    """Findings and counts of the plug-in's JSON lines; a line that is none is left out."""
    findings: list[FindingData] = []
    counts: dict[str, int] = {}
    for line in data.decode(errors="replace").splitlines():
        try:
            entry: Any = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(entry, Mapping):
            continue
        if "counts" in entry:
            counts = {str(k): int(v) for k, v in entry["counts"].items() if isinstance(v, int)}
        elif "test" in entry:
            place = entry.get("line")
            findings.append(
                FindingData(
                    rule=f"test.{entry.get('outcome', 'failed')}",
                    message=f"{entry['test']}: {entry.get('message', '')}",
                    file=str(entry.get("file", "")), line=place if isinstance(place, int) and place > 0 else None,
                )
            )  # fmt: skip
    return findings, counts


def parse_coverage(data: bytes) -> tuple[float | None, list[tuple[str, float, list[int]]]]:
    """(per cent of lines covered, [(file, per cent, missing lines)] from the least covered); None without data."""
    try:
        report = json.loads(data)
        files = [
            (str(name), float(f["summary"]["percent_covered"]), [int(n) for n in f["missing_lines"]])
            for name, f in report["files"].items()
            if f["summary"]["num_statements"]
        ]
        return round(float(report["totals"]["percent_covered"]), 1), sorted(files, key=lambda f: f[1])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None, []


def coverage_of(files: list[tuple[str, float, list[int]]]) -> dict[str, dict[str, Any]]:
    """File → per cent of its lines that are covered, and the first that are not; the least covered files."""
    return {
        name: {"percent": round(own, 1), "missing": missing[:_LINES_KEPT]} for name, own, missing in files[:_FILES_KEPT]
    }


def _coverage_findings(percent: float, files: list[tuple[str, float, list[int]]]) -> list[FindingData]:
    total = FindingData(
        rule="coverage", message=f"The tests cover {percent:.0f} % of the lines; {COVERAGE_BAR:.0f} % are asked for."
    )
    return [total] + [
        FindingData(
            rule="coverage.file", severity="warning", file=name, line=missing[0],
            message=f"{own:.0f} % covered; lines {', '.join(map(str, missing[:20]))} are never run.",
            hint="Add tests that reach these lines.",
        )
        for name, own, missing in files[:_SHOWN_MISSING]
        if missing
    ]  # fmt: skip


RUNG = Tests()
