"""The pure parts: placeholders, comparisons, JSON and page expectations, reading a page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from autodev.spec.checks import HtmlExpect, JsonExpect
from projects.checks.acceptance import html_expect, json_expect
from projects.checks.acceptance.compare import same, same_decimal, same_moment
from projects.checks.acceptance.page import Page
from projects.checks.acceptance.placeholders import Placeholders

BODY: dict[str, Any] = {
    "name": "Tea",
    "price": "9.50",
    "at": "2026-01-02T03:04:05+00:00",
    "on": True,
    "none": None,
    "tags": ["a", 1],
    "items": [{"id": 1}, {"id": 2, "code": "x"}],
    "detail": [{"loc": ["body", "book_id"], "input": {"field": "echoed"}}, {"field": "isbn"}],
}

PAGE = """
<form method=post action="/logout/"><input type=hidden name=csrfmiddlewaretoken value=tok></form>
<form method=get action="/search/"><input name=q></form>
<form method=post action="/rooms/new/?x=1">
 <input name=name value="Blue"><input type=checkbox name=active checked><input type=checkbox name=large>
 <input type=radio name=size value=s checked><input type=radio name=size value=m>
 <input name=gone disabled value=x><input type=submit name=go value=Go>
 <textarea name=notes>long
text</textarea>
 <select name=floor><option value=1>One<option value=2 selected>Two</select>
 <select name=site><option>Main &amp; more</option></select>
 <select name=tags multiple><option value=a>A<option value=b>B</select>
</form>
<ul><li data-id="7"><a>x</a></li><li data-id=8></li></ul>
<dl><dd data-field="price"><b>9.50</b></dd><dd data-field=price>1.00</dd>
<dd data-field="at"><time datetime="2026-01-02T03:04:05Z">soon</time></dd>
<time data-field="day" datetime="2026-01-02">today</time><p data-field=active>Yes<br></p><p data-field=empty></p></dl>
<p data-error data-error-field="name">Wrong</p></stray>
"""


@pytest.fixture
def names() -> Placeholders:
    found = Placeholders(dt.datetime(2026, 1, 1, 23, 30, 0, 999, tzinfo=dt.UTC))
    found.saved = {"book": 7, "word": "x"}
    return found


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("{book}", 7),
        ("/books/{book}/{word}", "/books/7/x"),
        ("{unknown} {", "{unknown} {"),
        ("{now}", "2026-01-01T23:30:00Z"),
        ("{now+3600}", "2026-01-02T00:30:00Z"),
        ("from {now-60}", "from 2026-01-01T23:29:00Z"),
        ("{today}", "2026-01-01"),
        ("{today+3}", "2026-01-04"),
        ({"a": ["{book}", 1, None, True]}, {"a": [7, 1, None, True]}),
    ],
)
def test_placeholders_are_filled(names: Placeholders, value: object, filled: object) -> None:
    assert names.fill(value) == filled


def test_the_checks_clock_moves_only_by_advance(names: Placeholders) -> None:
    names.advance(3600)
    assert (names.fill("{today}"), names.fill("{now}")) == ("2026-01-02", "2026-01-02T00:30:00Z")
    assert names.text("{book}") == "7"


@pytest.mark.parametrize(
    ("got", "wanted", "equal"),
    [
        (1, True, False),
        (True, True, True),
        (0.1 + 0.2, 0.3, True),
        (0.31, 0.3, False),
        ("1", 1.0, False),
        ([1, 2], (1, 2), True),
        ([1], [1, 2], False),
        ({"a": 1.0}, {"a": 1}, True),
        ({"a": 1}, {"b": 1}, False),
        (None, None, True),
    ],
)
def test_equal_as_json(got: object, wanted: object, equal: bool) -> None:
    assert same(got, wanted) is equal


def test_decimals_and_moments_by_value() -> None:
    assert same_decimal("0.60", 0.6)
    assert not same_decimal("0.61", "0.60")
    assert not same_decimal("much", "0.60")
    assert same_moment("2026-01-02T03:04:05", "2026-01-02T04:05:00+01:00")
    assert not same_moment("2026-01-02T03:04:05Z", "2026-01-02T03:06:05Z")
    assert not same_moment("soon", "2026-01-02T03:06:05Z")


@pytest.mark.parametrize(
    ("path", "op", "value", "held"),
    [
        ("name", "eq", "Tea", True),
        ("name", "eq", "Milk", False),
        ("name", "ne", "Milk", True),
        ("missing", "ne", "Milk", False),
        ("price", "decimal_eq", "9.5", True),
        ("at", "moment_eq", "2026-01-02T03:04:50Z", True),
        ("name", "contains", "ea", True),
        ("tags", "contains", 1, True),
        ("tags", "contains", True, False),
        ("tags", "lacks", "b", True),
        ("none", "lacks", "b", False),
        ("items", "contains_item", 2, True),
        ("items", "contains_item", 3, False),
        ("items", "lacks_item", 3, True),
        ("missing", "lacks_item", 3, False),
        ("name", "lacks_item", 3, False),
        ("items", "length", 2, True),
        ("on", "length", 1, False),
        ("none", "exists", None, True),
        ("missing", "exists", None, False),
        ("items.5", "absent", None, True),
        ("items.1.code", "eq", "x", True),
        ("", "names_field", "book", True),
        ("", "names_field", "isbn", True),
        ("", "names_field", "echoed", False),
        ("name", "names_field", "Tea", False),
    ],
)
def test_json_expectations(path: str, op: Any, value: object, held: bool) -> None:
    assert json_expect.holds(JsonExpect(path=path, op=op), BODY, value) is held


def test_forms_are_read_as_a_browser_sends_them() -> None:
    form = Page(PAGE).form_for("/rooms/new/")
    assert form is not None
    assert form.controls == [
        ("name", "Blue"),
        ("active", "on"),
        ("size", "s"),
        ("notes", "long\ntext"),
        ("floor", "2"),
        ("site", "Main & more"),
    ]
    assert Page(PAGE).token() == "tok"
    assert Page(PAGE).form_for("/search/") is None
    assert Page("<form method=post>").form_for("/any/") is not None


@pytest.mark.parametrize(
    ("expect", "value", "held"),
    [
        (HtmlExpect(op="eq", field="price"), "9.50", True),
        (HtmlExpect(op="decimal_eq", field="price"), "9.5", True),
        (HtmlExpect(op="decimal_eq", field="price"), "1.00", False),
        (HtmlExpect(op="moment_eq", field="at"), "2026-01-02T03:04:00Z", True),
        (HtmlExpect(op="eq", field="day"), "2026-01-02", True),
        (HtmlExpect(op="eq", field="active"), True, True),
        (HtmlExpect(op="eq", field="active"), False, False),
        (HtmlExpect(op="eq", field="empty"), "", True),
        (HtmlExpect(op="eq", field="missing"), "", False),
        (HtmlExpect(op="has_row"), 7, True),
        (HtmlExpect(op="has_row"), 9, False),
        (HtmlExpect(op="lacks_row"), 8, False),
        (HtmlExpect(op="rows"), 2, True),
        (HtmlExpect(op="error"), None, True),
        (HtmlExpect(op="error", field="name"), None, True),
        (HtmlExpect(op="error", field="floor"), None, False),
        (HtmlExpect(op="no_error"), None, False),
    ],
)
def test_page_expectations(expect: HtmlExpect, value: object, held: bool) -> None:
    assert html_expect.holds(expect, Page(PAGE), value) is held


def test_what_a_page_has_is_told() -> None:
    page = Page(PAGE)
    told = [html_expect.got(HtmlExpect(op=op, field="price"), page) for op in ("eq", "rows", "error")]
    assert told == ["'9.50'", "rows ['7', '8']", "errors ['name']"]
    assert html_expect.got(HtmlExpect(op="eq", field="x"), Page("")) == "no such element"
    assert html_expect.got(HtmlExpect(op="error"), Page("")) == "no error"
