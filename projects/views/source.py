"""Source and diffs as HTML: classes only, so that the content policy needs no inline style."""

from __future__ import annotations

from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import DiffLexer, get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

HIGHLIGHT_MAX = 400_000


def highlighted(path: str, text: str) -> SafeString:
    """The text with line numbers that can be linked (`#L12`). Above `HIGHLIGHT_MAX` characters it stays plain."""
    try:
        lexer = get_lexer_for_filename(path) if len(text) <= HIGHLIGHT_MAX else TextLexer()
    except ClassNotFound:
        lexer = TextLexer()
    formatter = HtmlFormatter(cssclass="code", linenos="inline", lineanchors="L", wrapcode=True)
    return mark_safe(highlight(text, lexer, formatter))  # noqa: S308 - pygments escapes the text


def highlighted_diff(text: str) -> SafeString:
    """A unified diff, added and removed lines told apart by class and by their sign."""
    formatter = HtmlFormatter(cssclass="code patch", wrapcode=True)
    return mark_safe(highlight(text, DiffLexer(), formatter))  # noqa: S308 - pygments escapes the text
