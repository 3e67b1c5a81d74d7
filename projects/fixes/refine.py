"""Refinement: try pattern fixes one after the other, keep those that make the ladder better, go back otherwise."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from projects.checks.types import FindingData, LadderReport
from projects.fixes.apply import Apply
from projects.fixes.registry import ProjectFiles, all_fixers, plan_fix
from projects.fixes.types import Fix, Fixer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A fix and what became of it. `refused`: the same change was tried before. `error`: it could not be applied.
    `fixed`: of a kept fix, (rung's key, finding) of what is no longer found."""

    fix: Fix
    outcome: Literal["kept", "rolled_back", "no_change", "refused", "error"]
    detail: str = ""
    fixed: tuple[tuple[str, FindingData], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefineResult:
    """`report` is the ladder's on the files as they are left; `head` the snapshot they are at."""

    report: LadderReport
    head: str
    tried: tuple[Tried, ...]
    rounds: int

    @property
    def kept(self) -> list[Fix]:
        return [t.fix for t in self.tried if t.outcome == "kept"]


def refine(
    *,
    root: Path,
    run_ladder: Callable[[], LadderReport],
    snapshot: Callable[[str], str],
    restore: Callable[[str], None],
    apply: Apply,
    report: LadderReport | None = None,
    max_rounds: int = 3,
    fixers: Sequence[Fixer] | None = None,
    seen: set[str] | None = None,
) -> RefineResult:
    """Fix what patterns know until the ladder is green, nothing more is known, or the rounds are over.

    run_ladder: measures the files as they are. snapshot: keeps them under a title, gives the name to restore by.
    restore: puts the files (and whatever a fix changed beside them) back. report: the ladder's on the files now.
    seen: fingerprints of what was tried before, which is not tried again; it is added to.
    What `run_ladder`, `snapshot` and `restore` raise is passed on, after the files are back at the last kept state.
    """
    best = report or run_ladder()
    head = snapshot("before refinement")
    tried: list[Tried] = []
    seen = set() if seen is None else seen
    rounds = 0
    files = ProjectFiles(root)
    while rounds < max_rounds and not best.ok:
        rounds += 1
        before = best
        for fixer in fixers if fixers is not None else all_fixers():
            fix = plan_fix(fixer, best, files)
            if fix is None:
                continue
            if fix.fingerprint in seen:
                tried.append(Tried(fix=fix, outcome="refused"))
                continue
            seen.add(fix.fingerprint)
            outcome, measured, detail = _try(fix, apply, run_ladder, restore, head, best)
            fixed = findings_gone(best, measured) if outcome == "kept" else ()
            tried.append(Tried(fix=fix, outcome=outcome, detail=detail, fixed=fixed))
            if outcome == "kept":
                best, head = measured, snapshot(fix.title)
                if best.ok:
                    break
        if best is before:
            break
    return RefineResult(report=best, head=head, tried=tuple(tried), rounds=rounds)


def findings_gone(before: LadderReport, after: LadderReport) -> tuple[tuple[str, FindingData], ...]:
    """The findings of `before` that a rung which ran in `after` no longer has. Lines move with a fix, so a finding is
    known by its rung, file, rule and message."""
    left = Counter((key, f.file, f.rule, f.message) for key, f in after.findings)
    ran = {rung.key for rung in after.rungs if rung.status != "not_run"}
    gone = []
    for key, finding in before.findings:
        same = (key, finding.file, finding.rule, finding.message)
        if left[same]:
            left[same] -= 1
        elif key in ran:
            gone.append((key, finding))
    return tuple(gone)


def _try(
    fix: Fix,
    apply: Apply,
    run_ladder: Callable[[], LadderReport],
    restore: Callable[[str], None],
    head: str,
    best: LadderReport,
) -> tuple[Literal["kept", "rolled_back", "no_change", "error"], LadderReport, str]:
    try:
        if not apply(fix):
            return "no_change", best, ""
    except Exception as error:  # a fix is a help: whatever breaks in it is noted and undone
        log.exception("fix_failed", extra={"fixer": fix.fixer})
        restore(head)
        return "error", best, f"{type(error).__name__}: {error}"
    try:
        measured = run_ladder()
    except BaseException:
        restore(head)
        raise
    if measured.score > best.score:
        return "kept", measured, f"{best.score} → {measured.score}"
    restore(head)
    return "rolled_back", best, f"{best.score} → {measured.score}"
