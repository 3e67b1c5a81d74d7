"""Requests that are refused: the patterns are data, and defence or education about the same thing clears them."""

from __future__ import annotations

import re
from functools import cache

from autodev.spec.rules.errors import Refused
from autodev.spec.rules.lexicon import refusals

_NEAR = 60


@cache
def _compiled() -> tuple[tuple[str, str, re.Pattern[str], re.Pattern[str] | None], ...]:
    return tuple(
        (
            r.code,
            r.reason,
            re.compile("|".join(r.patterns), re.IGNORECASE),
            re.compile("|".join(r.allowed), re.IGNORECASE) if r.allowed else None,
        )
        for r in refusals().refusals
    )


def refuse_abuse(plain: str) -> None:
    """Raises Refused where cleaned text asks for a tool built to do harm."""
    for code, reason, pattern, allowed in _compiled():
        for match in pattern.finditer(plain):
            around = plain[max(0, match.start() - _NEAR) : match.end() + _NEAR]
            if allowed is None or not allowed.search(around):
                raise Refused(reason, code)
