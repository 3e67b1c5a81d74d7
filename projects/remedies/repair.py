"""What can be done about a repair by a model: file by file, another way, less of it."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.contracts.contexts import Problem
from projects.engine.outcome import NewTask
from projects.models import Step, Task
from projects.pipeline.problems import ONLY, RED, group_of
from projects.remedies.dividing import Piece, groups, in_a_row, may_divide
from projects.remedies.partial import fallbacks_of
from projects.remedies.types import Approach
from projects.remedies.ways import SMALLEST, TESTS_FIRST, WHOLE_FILE, untried


class RepairRemedies:
    def parts(self, task: Task) -> Sequence[NewTask]:
        """A task for each file with problems, or each check that names none, or each group of those; nothing where the
        task has not measured yet."""
        if not may_divide(task):
            return ()
        red = Step.objects.filter(task=task, key=RED).values_list("output", flat=True).first()
        places = list(dict.fromkeys(group_of(Problem(**one)) for one in (red or {}).get("problems", ())))
        return in_a_row(
            task, [Piece(title=f"Repair {', '.join(group)}", params={ONLY: group}) for group in groups(places)]
        )

    def approaches(self, task: Task) -> Sequence[Approach]:
        return untried(task, (SMALLEST, WHOLE_FILE, TESTS_FIRST))

    def fallbacks(self, task: Task) -> Sequence[int]:
        return fallbacks_of(task)
