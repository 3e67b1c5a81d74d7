"""Which modules a report says are missing, from the words of Python and mypy."""

from __future__ import annotations

import re

from projects.checks.types import LadderReport

_MISSING = (
    re.compile(r"No module named '([A-Za-z_][\w.]*)'"),
    re.compile(r'Cannot find implementation or library stub for module named "([A-Za-z_][\w.]*)"'),
)


def missing_modules(report: LadderReport) -> list[str]:
    """Dotted names, sorted."""
    texts = [f"{f.message}\n{f.hint}" for _, f in report.findings]
    return sorted({name for text in texts for pattern in _MISSING for name in pattern.findall(text)})
