"""The deterministic rule analyser: `analyse(description)` gives a Spec, or raises Refused or Unclear.

`analyse` is imported when it is asked for: the web process needs only `refusal`, and the families take a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autodev.spec.rules.errors import AnalysisError, Refused, Unclear

if TYPE_CHECKING:
    from autodev.spec.rules.analysis import analyse

__all__ = ["AnalysisError", "Refused", "Unclear", "analyse"]


def __getattr__(name: str) -> Any:
    if name != "analyse":
        raise AttributeError(name)
    from autodev.spec.rules.analysis import analyse  # noqa: PLC0415 - see above

    return analyse
