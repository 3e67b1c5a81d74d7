"""What stands where work was left out: whether it was measured, what of it is red, and the words for it."""

from __future__ import annotations

from collections.abc import Sequence

from projects.engine.context import TaskContext
from projects.engine.outcome import WorkFailed
from projects.models import Build
from projects.selectors.evidence import evidence_of

REASON_SHOWN = 240


def why_left_out(ctx: TaskContext) -> str:
    """The first line of the last failure, as a part of a sentence."""
    line = next(iter(ctx.task.last_error.strip().splitlines()), "").strip().rstrip(".")
    return line[:REASON_SHOWN] or "every attempt failed"


def red_at_head(build: Build) -> list[str]:
    """The titles of the checks that are not green at the build's head. Raises WorkFailed where nothing was measured
    there: what nobody has measured cannot stand in for anything."""
    found = evidence_of(build)
    reports = [*found.ladder, *(check for report in found.requirements for check in report.checks)]
    measured = [one for one in reports if one.evidence is not None and one.at_head]
    if not measured:
        raise WorkFailed("What was made so far was not measured, so it cannot stand in.", kind="no_fallback")
    return [one.check.title for one in measured if one.evidence is not None and one.evidence.result != "passed"]


def quoted(sentences: Sequence[str]) -> str:
    """The sentences in quotation marks, in a row."""
    return "; ".join(f'"{sentence}"' for sentence in sentences)
