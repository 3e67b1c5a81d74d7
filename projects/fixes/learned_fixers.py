"""Learned fixes as fixers, so that refinement tries them as it tries patterns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from projects.checks.types import LadderReport
from projects.fixes.learned import Edit, applied, signature_of
from projects.fixes.types import Files, Fix
from projects.models import LearnedFix

PREFIX = "learned:"
TRIED_MOST = 6  # each costs a run of the ladder
POSITION = 1000  # behind the patterns
UNTRIED = 0.5  # the rate of one that was never tried again


@dataclass(frozen=True, kw_only=True)
class LearnedFixer:
    """Answers the findings of one signature by one stored change."""

    row: LearnedFix
    position: int

    @property
    def key(self) -> str:
        return f"{PREFIX}{self.row.pk}"

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        found = [f for key, f in report.findings if signature_of(key, f.rule, f.message) == self.row.signature]
        edits = applied([Edit.from_json(one) for one in self.row.edits], [f.file for f in found], files)
        if not found or not edits:
            return None
        title = f"As it was fixed before: {found[0].message}"[:120]
        return Fix(fixer=self.key, title=title, edits=edits, cause=self.row.signature)


def fixers_of(rows: Iterable[LearnedFix]) -> list[LearnedFixer]:
    """The best first, at most TRIED_MOST."""
    best = sorted(rows, key=lambda row: (-rate_of(row), -row.successes, str(row.pk)))
    return [LearnedFixer(row=row, position=POSITION + n) for n, row in enumerate(best[:TRIED_MOST])]


def rate_of(row: LearnedFix) -> float:
    """By which they are ordered."""
    return UNTRIED if row.success_rate is None else row.success_rate
