"""A message without its changing parts, so that the same failure is counted as one."""

from __future__ import annotations

import hashlib
import re

from providers.failures.redact import redacted

LONGEST = 500
READ = 8000  # a message may be a page or a whole log; what tells it apart stands at its beginning
_PARTS = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\bhttps?://[^\s\"')]+"), "<url>"),
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+\b"), "<mail>"),
    (re.compile(r"(?<![\w<])(?:[A-Za-z]:)?[/\\](?:[\w.@-]+[/\\])+[\w.@-]*"), "<path>"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])\w{12,}\b"), "<id>"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "<n>"),
    (re.compile(r"\d+(?:[.,]\d+)*"), "<n>"),
)


def template(text: str) -> str:
    """The message with `<n>`, `<id>`, `<path>`, `<url>`, `<time>` in the place of what changes, in one line."""
    text = redacted(text[:READ])
    for pattern, word in _PARTS:
        text = pattern.sub(word, text)
    return " ".join(text.split())[:LONGEST]


def fingerprint(text: str, framework: str = "") -> str:
    """64 hexadecimal digits, equal for messages with one template and framework."""
    return hashlib.sha256(f"{framework}\n{template(text).lower()}".encode()).hexdigest()


def proposed_pattern(text: str) -> str:
    """A regular expression that matches every message of this one's template, at most 500 characters."""
    pieces = [_escaped(piece) for piece in re.split(r"<(?:n|id|path|url|time|mail)>|…", template(text))]
    while len(pieces) > 1 and len(".+?".join(pieces)) > LONGEST:
        pieces.pop()
    return ".+?".join(pieces)[:LONGEST] if len(pieces) > 1 else pieces[0][:LONGEST].rstrip("\\")


def _escaped(piece: str) -> str:
    return r"\s+".join(re.escape(word) for word in piece.split(" "))
