"""What can be done about tests and documentation by a model: another way, or leaving them out."""

from __future__ import annotations

from collections.abc import Sequence

from projects.models import Task
from projects.remedies.partial import fallbacks_of
from projects.remedies.types import Approach, Nothing
from projects.remedies.ways import SMALLEST, WHOLE_FILE, untried


class BesideRemedies(Nothing):
    def approaches(self, task: Task) -> Sequence[Approach]:
        return untried(task, (SMALLEST, WHOLE_FILE))

    def fallbacks(self, task: Task) -> Sequence[int]:
        return fallbacks_of(task)
