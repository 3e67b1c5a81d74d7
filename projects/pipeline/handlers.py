"""Which phase does which kind of task."""

from __future__ import annotations

from projects.engine.handlers import register_handler
from projects.pipeline import deliver, implement, plan, refine, research, understand, validate


def register() -> None:
    """Tells the engine. Called once, when the app is ready."""
    for kind, phase in {
        "understand": understand, "research": research, "plan": plan, "implement": implement, "validate": validate,
        "refine": refine, "deliver": deliver,
    }.items():  # fmt: skip
        register_handler(kind, phase.run)
