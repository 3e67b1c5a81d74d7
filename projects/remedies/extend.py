"""What can be done about adding what the blueprint lacks: one requirement at a time, another way, less of it."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.spec.schema import Spec
from projects.engine.outcome import NewTask
from projects.models import Task
from projects.pipeline.wanted import ONLY, wanted_of
from projects.remedies.dividing import Piece, groups, in_a_row, may_divide
from projects.remedies.partial import fallbacks_of
from projects.remedies.types import Approach
from projects.remedies.ways import SMALLEST, TESTS_FIRST, WHOLE_FILE, untried


class ExtendRemedies:
    def parts(self, task: Task) -> Sequence[NewTask]:
        """A task for each sentence that it is to meet, or for each group of them."""
        if not may_divide(task) or task.build.spec is None:
            return ()
        wanted = wanted_of(Spec.model_validate(task.build.spec), task.params)
        return in_a_row(task, [Piece(title=_title(group), params={ONLY: group}) for group in groups(wanted)])

    def approaches(self, task: Task) -> Sequence[Approach]:
        return untried(task, (TESTS_FIRST, SMALLEST, WHOLE_FILE))

    def fallbacks(self, task: Task) -> Sequence[int]:
        return fallbacks_of(task)


def _title(sentences: Sequence[str]) -> str:
    more = f" and {len(sentences) - 1} more" if len(sentences) > 1 else ""
    return f"Add: {sentences[0][: 180 - len(more)]}{more}"
