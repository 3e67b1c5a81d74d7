"""Differences as HTML: classes only, so that the content policy needs no inline style."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import DiffLexer


def patch(text: str) -> SafeString:
    """A unified diff; empty for none."""
    if not text:
        return SafeString("")
    formatter = HtmlFormatter(cssclass="code patch", wrapcode=True)
    return mark_safe(highlight(text, DiffLexer(), formatter))  # noqa: S308 - pygments escapes the text
