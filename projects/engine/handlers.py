"""Which function does which kind of task. The pipeline registers its phases in AppConfig.ready()."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from projects.engine.context import TaskContext
    from projects.engine.outcome import Outcome

    Handler = Callable[[TaskContext], Outcome]

_handlers: dict[str, Handler] = {}


def register_handler(kind: str, fn: Handler) -> None:
    """Names the function for a kind. Raises ValueError where another function has it."""
    if _handlers.setdefault(kind, fn) is not fn:
        raise ValueError(f"there is a handler for {kind!r} already")


def handler_for(kind: str) -> Handler | None:
    """The function for this kind, or None."""
    return _handlers.get(kind)


def forget_handler(kind: str) -> None:
    """Takes the registration back."""
    _handlers.pop(kind, None)
