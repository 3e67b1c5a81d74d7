"""AutoDev: an idea becomes a verified repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autodev.coder import AutonomousCoder, BuildRequest, BuildResult, Progress

__all__ = ["AutonomousCoder", "BuildRequest", "BuildResult", "Progress"]


def __getattr__(name: str) -> Any:
    """The library's names, loaded when first asked for: importing `autodev` alone costs nothing."""
    if name not in __all__:
        raise AttributeError(name)
    from autodev import coder  # noqa: PLC0415 - that is the point of it

    return getattr(coder, name)
