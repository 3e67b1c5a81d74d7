"""What can be done about the pattern fixes: less of them. They know one way, and try each fix by itself already."""

from __future__ import annotations

from collections.abc import Sequence

from projects.models import Task
from projects.remedies.partial import fallbacks_of
from projects.remedies.types import Nothing


class RefineRemedies(Nothing):
    def fallbacks(self, task: Task) -> Sequence[int]:
        return fallbacks_of(task)
