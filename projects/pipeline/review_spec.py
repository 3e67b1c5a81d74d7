"""Between phases 1 and 2, where it was asked for: the build waits until a person has approved the Spec."""

from __future__ import annotations

import datetime as dt

from autodev.lib.clock import utcnow
from projects import review
from projects.engine.context import TaskContext
from projects.engine.outcome import InvalidInput, Outcome, Succeeded, Waits
from projects.selectors.spec import current_revision


def run(ctx: TaskContext) -> Outcome:
    """Goes on with an approved Spec, else waits for at most `review.WITHIN_DAYS`; an approval wakes it at once. When
    nobody came, the build ends and says so."""
    current = current_revision(ctx.build)
    if current is not None and current.approved_at is not None:
        return Succeeded(result={"version": current.number, "approved_by": str(current.approved_by or "")}, merge=False)
    ctx.progress(50, review.REASON)
    asked = dt.datetime.fromisoformat(ctx.journal.once("asked", lambda: utcnow().isoformat(), title=review.REASON))
    until = asked + dt.timedelta(days=review.WITHIN_DAYS)
    if utcnow() >= until:
        raise InvalidInput(review.EXPIRED, code="review_expired")
    return Waits(reason=review.REASON, until=until, on="an approval")
