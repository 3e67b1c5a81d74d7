"""What was red when a repository came is told, and held against no change of it: of imports that began before
`import_measure` said it."""

from __future__ import annotations

from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.selectors.mainline import GREEN, RED, stack_of

NAMED = 5


def run(ctx: TaskContext) -> Outcome:
    """Degraded where tests were red: not all that the repository wants of itself is met."""
    measured = stack_of(ctx.build)
    green, red = list(measured.get(GREEN, ())), list(measured.get(RED, ()))
    said = []
    if red:
        more = f" and {len(red) - NAMED} more" if len(red) > NAMED else ""
        said = [f"{len(red)} of {len(red) + len(green)} tests were red when it came: {', '.join(red[:NAMED])}{more}."]
    return Succeeded(result={"green": len(green), "red": len(red)}, degraded=said, merge=False)
