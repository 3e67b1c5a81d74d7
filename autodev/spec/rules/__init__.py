"""The deterministic rule analyser: `analyse(description)` gives a Spec, or raises Refused or Unclear."""

from __future__ import annotations

from autodev.spec.rules.analyse import analyse
from autodev.spec.rules.errors import AnalysisError, Refused, Unclear

__all__ = ["AnalysisError", "Refused", "Unclear", "analyse"]
