"""Judges a page by a check's expectations."""

from __future__ import annotations

from typing import Any

from autodev.spec.checks import HtmlExpect
from projects.checks.acceptance.compare import same_decimal, same_moment
from projects.checks.acceptance.page import Page

_TRUE = frozenset({"true", "yes", "on", "1", "✓"})
_FALSE = frozenset({"false", "no", "off", "0", "✗", ""})


def holds(expect: HtmlExpect, page: Page, wanted: Any) -> bool:
    """Whether `expect` holds for `page`; `wanted` is its value with the placeholders filled."""
    match expect.op:
        case "has_row":
            return str(wanted) in page.rows
        case "lacks_row":
            return str(wanted) not in page.rows
        case "rows":
            return len(set(page.rows)) == int(wanted)
        case "error":
            return expect.field in page.errors if expect.field else bool(page.errors)
        case "no_error":
            return not page.errors
        case _:
            shown = page.fields.get(expect.field)
            return shown is not None and _equal(expect.op, shown.value, wanted)


def got(expect: HtmlExpect, page: Page) -> str:
    """What the page has where `expect` looked."""
    if expect.op in ("has_row", "lacks_row", "rows"):
        return f"rows {page.rows}"
    if expect.op in ("error", "no_error"):
        return f"errors {[name or 'without a field' for name in page.errors]}" if page.errors else "no error"
    shown = page.fields.get(expect.field)
    return repr(shown.value) if shown is not None else "no such element"


def _equal(op: str, shown: str, wanted: Any) -> bool:
    if op == "decimal_eq":
        return same_decimal(shown, wanted)
    if op == "moment_eq":
        return same_moment(shown, wanted)
    if isinstance(wanted, bool):
        return shown.lower() in (_TRUE if wanted else _FALSE)
    return shown == " ".join(str(wanted).split())
