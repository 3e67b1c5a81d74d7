"""Which phase does which kind of task."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from projects.engine.handlers import register_handler
from projects.pipeline.guided import with_recovery

if TYPE_CHECKING:
    from projects.engine.context import TaskContext
    from projects.engine.outcome import Outcome

KINDS = (
    "understand", "review_spec", "research", "plan", "implement", "extend", "test", "document", "validate", "refine",
    "repair", "review", "amend", "deliver",
    "change_understand", "change_research", "change_plan", "change_implement", "change_extend", "change_merge",
    "import_fetch", "import_research", "import_plan", "import_measure", "import_look", "import_refine",
)  # fmt: skip


class PhaseOf:
    """The module `projects.pipeline.<kind>`, imported when its first task comes: the web process never runs one."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __call__(self, ctx: TaskContext) -> Outcome:
        outcome: Outcome = importlib.import_module(f"projects.pipeline.{self._kind}").run(ctx)
        return with_recovery(ctx, outcome)


def register() -> None:
    """Tells the engine. Called once, when the app is ready."""
    for kind in KINDS:
        register_handler(kind, PhaseOf(kind))
