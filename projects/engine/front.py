"""Going before a workspace's other work: a priority far below those that people and plans give."""

from __future__ import annotations

from django.db.models import Case, F, SmallIntegerField, When
from django.db.models.expressions import Combinable

STEP = 10_000
# A task below this goes before all others of its workspace, whatever the priorities of their builds.
LIMIT = -STEP // 2


def to_front() -> Combinable:
    """The priority of a task that goes first; one that does already keeps its own."""
    return Case(
        When(priority__gt=LIMIT, then=F("priority") - STEP), default=F("priority"), output_field=SmallIntegerField()
    )


def back_in_line() -> Combinable:
    """The priority that it had before."""
    return Case(
        When(priority__lte=LIMIT, then=F("priority") + STEP), default=F("priority"), output_field=SmallIntegerField()
    )
