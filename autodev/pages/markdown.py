"""A model's Markdown as HTML that may stand on a page."""

from __future__ import annotations

from functools import lru_cache

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token


def rendered(text: str) -> SafeString:
    """Paragraphs, lists, emphasis and code. Raw HTML is text; there are no links and images, as a file that the model
    read may have asked for one; a heading is a bold line, since the page has its own."""
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        _plain(token)
    # Raw HTML is off, so that the renderer escapes all text.
    return SafeString(parser.renderer.render(tokens, parser.options, {}))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).disable(
        ["link", "image", "autolink", "reference", "html_block", "html_inline"]
    )


def _plain(token: Token) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = "p"
    if token.type == "heading_open":
        token.attrSet("class", "font-semibold")
    if token.type in ("fence", "code_block"):
        token.info = ""
