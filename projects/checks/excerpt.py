"""What is kept of a tool's output: the end of it, without secrets."""

from __future__ import annotations

import json
import re
from pathlib import Path

LIMIT_BYTES = 4096
PATTERNS_FILE = Path(__file__).parent / "python" / "inside" / "secret_patterns.json"
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PATTERNS = [re.compile(p["regex"]) for p in json.loads(PATTERNS_FILE.read_text(encoding="utf-8"))["patterns"]]


def excerpt(text: str) -> str:
    """The last 4 kB, cut at a line, colours and secrets taken out."""
    clean = redact(_ANSI.sub("", text)).strip()
    raw = clean.encode()
    if len(raw) <= LIMIT_BYTES:
        return clean
    tail = raw[-LIMIT_BYTES:].decode(errors="ignore")
    return tail.split("\n", 1)[-1] if "\n" in tail else tail


def redact(text: str) -> str:
    """The text with what looks like a credential replaced; a value in a group keeps the words around it."""
    for pattern in _PATTERNS:
        text = pattern.sub(_mask, text)
    return text


def _mask(match: re.Match[str]) -> str:
    if match.re.groups:
        value = match[1]
        return match[0].replace(value, "[redacted]") if value else match[0]
    return "[redacted]"
