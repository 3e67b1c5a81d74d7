"""Text from outside as databases, wires and terminals can hold it."""

from __future__ import annotations

import re

# Control characters (escape sequences of terminals begin with one) and those that turn the direction of what is read.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def storable(text: str) -> str:
    """The text with NUL characters and lone surrogates, which PostgreSQL and UTF-8 refuse, replaced."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def printable(text: str) -> str:
    """What is storable, without what moves a terminal's cursor or hides what the text says."""
    return _UNSEEN.sub("", storable(text))
