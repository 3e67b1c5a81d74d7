"""A failure's text for a person: short, in one line, without secrets, and without what a terminal would obey.

The texts are strangers' (whoever runs an endpoint writes them) and are read on event loops: no expression here may try
again and again.
"""

from __future__ import annotations

import re

from autodev.lib.plain import printable

LONGEST = 300
_SECRETS = (
    re.compile(r"\b(?:sk|pk|rk|gsk|xai|key|org|api|tok)[-_](?:[\w*.-]{0,200}[-_])?[A-Za-z0-9*_-]{8,}"),
    re.compile(r"\bAIza[\w-]{20,}"),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"),
    re.compile(r"\bey[JK][\w-]{8,}\.[\w-]{8,}\.[\w-]{4,}"),
    re.compile(r"\b(?:gh[pousr]|glpat|hf|r8)_[A-Za-z0-9]{12,}"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
)
_NAMED = re.compile(
    r"((?:api[-_ ]?key|authorization|x-api-key|token|secret|password|bearer)[\"']?"
    r"\s*+(?:[:=]|provided:|is)?\s*+[\"']?(?:bearer )?)"
    r"((?=[\w.*-]*[\d*])[\w.*-]{8,})",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """With every secret that has a known form, or that is named as one, left out."""
    for pattern in _SECRETS:
        text = pattern.sub("…", text)
    return _NAMED.sub(r"\1…", text)


def secrets_in(text: str) -> set[str]:
    """The very words that `redacted` leaves out."""
    found = {match[0] for pattern in _SECRETS for match in pattern.finditer(text)}
    return found | {match[2] for match in _NAMED.finditer(text)}


def message(text: str) -> str:
    """The first 300 characters of it in one line, as they can be stored and printed."""
    line = " ".join(printable(redacted(text)).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
