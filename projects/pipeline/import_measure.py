"""Phase 5 of an import: its tests are run, and what is red is said at once."""

from __future__ import annotations

from dataclasses import replace

from projects.checks.imported.told import red_when_it_came
from projects.checks.types import LadderReport
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.pipeline import validate


def run(ctx: TaskContext) -> Outcome:
    """Degraded where tests were red: not all that the repository wants of itself is met. It is held against no change
    of it."""
    outcome = validate.run(ctx)
    if not isinstance(outcome, Succeeded):
        return outcome
    said = red_when_it_came(LadderReport.from_json(outcome.result["report"]))
    for sentence in said:
        ctx.output(f"{sentence}\n")
    return replace(outcome, degraded=said)
