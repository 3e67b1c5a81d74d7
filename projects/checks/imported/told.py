"""What was red when a repository came, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from projects.checks.imported.tests import ENDED, GREEN, NO_TESTS, name_of
from projects.checks.types import FindingData, LadderReport

NAMED = 5
WHY_CHARACTERS = 120
BLAMED = "No change is blamed for what was red before it."


def red_when_it_came(report: LadderReport) -> list[str]:
    """Sentences: how many of its tests were red, which, and what they said. Empty where all were green, or where they
    did not run, which the gate says."""
    tests = report.rung("tests")
    if tests is None or tests.status == "not_run":
        return []
    red = {name_of(finding): finding for finding in tests.findings if finding.rule.startswith("test.")}
    green = set(tests.metrics.get(GREEN, ()))
    said = [f"{ENDED} before they were over when it came ({_why(f)})" for f in _of(tests.findings, "limit.")]
    if red:
        many = len(red) + len(green - red.keys())
        more = f" and {len(red) - NAMED} more" if len(red) > NAMED else ""
        shown = "; ".join(f"{name} ({_why(finding)})" for name, finding in list(red.items())[:NAMED])
        said.append(f"{len(red)} of {many} tests were red when it came: {shown}{more}.")
    elif not green:
        said += [f"None of its tests could be run when it came: {_why(f)}" for f in _of(tests.findings, NO_TESTS)]
    return [*said, BLAMED] if said else []


def _of(findings: Sequence[FindingData], rule: str) -> list[FindingData]:
    return [finding for finding in findings if finding.rule.startswith(rule)]


def _why(finding: FindingData) -> str:
    """What it said, in a line: pytest marks the error itself by an E, else the first one."""
    lines = [line.strip() for line in finding.message.removeprefix(f"{name_of(finding)}: ").splitlines()]
    marked = [line[1:].strip() for line in lines if line.startswith("E ")]
    return next(iter([*marked[-1:], *filter(None, lines)]), "no reason")[:WHY_CHARACTERS]
