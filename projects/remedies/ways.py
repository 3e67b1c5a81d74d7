"""Other ways for a model to go about the same work."""

from __future__ import annotations

from collections.abc import Sequence

from projects.guidance import guidance_of
from projects.models import Task
from projects.remedies.types import Approach

TESTS_FIRST = Approach(
    name="tests_first",
    told="Write a failing test of what is wanted first, run it, then write the least code that makes it pass.",
)
SMALLEST = Approach(
    name="smallest_change",
    told="Make the smallest change that does it: touch as few files and lines as can be, add no new structure.",
)
WHOLE_FILE = Approach(
    name="whole_file",
    told="Do not edit in places: read each file at fault, then write it anew as a whole.",
)


def untried(task: Task, ways: Sequence[Approach]) -> list[Approach]:
    """Those that the task's guidance does not name as its present way, nor as one that failed."""
    guided = guidance_of(task.params)
    present = guided.approach.get("name")
    return [
        way
        for way in ways
        if way.name != present and not any(way.told.rstrip(".") in sentence for sentence in guided.forbidden)
    ]
