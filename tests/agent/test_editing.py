"""Edits as models write them: exact, but for white space, nearly equal; never where another place could be meant."""

from __future__ import annotations

import time
from textwrap import dedent

import pytest

from providers.kinds.agent.tools.editing import Edit, Refused, edited

pytestmark = pytest.mark.feature("F1.7")
TEXT = dedent("""\
    import os


    class Shop:
        def total(self, items):
            amount = 0
            for item in items:
                amount += item.price * item.count
            return amount

        def empty(self):
            return not self.items
    """)


def edit(old: str, new: str, *, all_: bool = False, text: str = TEXT) -> str:
    return edited(text, [Edit(old=old, new=new, all=all_)]).text


def test_an_exact_place() -> None:
    assert edit("return amount", "return round(amount)") == TEXT.replace("return amount", "return round(amount)")


def test_several_edits_see_each_other_and_are_all_made_or_none() -> None:
    done = edited(TEXT, [Edit(old="import os", new="import re"), Edit(old="import re", new="import json")])
    assert done.text.startswith("import json\n")
    assert done.notes == ("line 1", "line 1")
    with pytest.raises(Refused, match="edit 2 of 2: `old` does not stand in the file"):
        edited(TEXT, [Edit(old="import os", new="import re"), Edit(old="import sys", new="x")])


def test_an_ambiguous_place_is_refused_with_its_lines_or_all_are_replaced() -> None:
    with pytest.raises(Refused, match="stands 2 times, at lines 5, 11; take more lines"):
        edit("(self", "(this")
    assert edit("(self", "(this", all_=True).count("(this") == 2


def test_white_space_does_not_matter_and_the_place_s_indentation_is_kept() -> None:
    found = edit("for item in items:\n  amount += item.price*item.count", "for item in items:\n    amount += item.cost")
    assert "        for item in items:\n            amount += item.cost\n        return amount" in found
    assert edit("\n\nreturn not self.items\n\n", "return len(self.items) == 0").endswith(
        "        return len(self.items) == 0\n"
    )


def test_more_indentation_than_there_is() -> None:
    assert edit("        class Shop:", "        class Store:").splitlines()[3] == "class Store:"


def test_tabs_for_spaces() -> None:
    assert "        return bool(amount)\n" in edit("\t\treturn\tamount", "\t\treturn bool(amount)")


def test_nearly_equal_lines_are_taken_where_nothing_else_is_as_near() -> None:
    found = edited(TEXT, [Edit(
        old="amount = 0\nfor item in items:\n    amount += item.prices * item.count\nreturn amount",
        new="return sum(item.price * item.count for item in items)",
    )])  # fmt: skip
    assert "        return sum(item.price * item.count for item in items)\n" in found.text
    assert "for item in items:\n" not in found.text
    assert "nearly equal" in found.notes[0]


def test_two_near_places_are_refused() -> None:
    text = "a = compute(first, 1)\nb = a + 1\nc\na = compute(first, 2)\nb = a + 1\n"
    with pytest.raises(Refused, match="nearest are the lines from"):
        edit("a = compute(first, 3)\nb = a + 1", "x", text=text)


def test_the_same_but_for_white_space_twice_is_refused() -> None:
    with pytest.raises(Refused, match="2 times but for white space, at lines 1, 3"):
        edit("x  = 1", "y = 1", text="x = 1\nz\n  x = 1\n")


def test_one_line_that_is_only_nearly_equal_is_refused_and_shown() -> None:
    with pytest.raises(Refused) as refused:
        edit("def totals(self, items):", "def sum(self, items):")
    assert "5:     def total(self, items):" in str(refused.value)


def test_nothing_like_it_is_refused_with_the_beginning() -> None:
    with pytest.raises(Refused) as refused:
        edit("SELECT * FROM orders WHERE id = ?", "x")
    assert "nor anything like it\n1: import os" in str(refused.value)


@pytest.mark.parametrize("old", ["", "  \n "])
def test_an_empty_old_is_refused(old: str) -> None:
    with pytest.raises(Refused, match="is empty"):
        edit(old, "x")


def test_line_ends_of_the_file_stay() -> None:
    text = "one = 1\r\ntwo = 2\r\nthree = 3\r\n"
    assert edit("two  =  2", "two = 22\nmore = 4", text=text) == "one = 1\r\ntwo = 22\r\nmore = 4\r\nthree = 3\r\n"


def test_a_last_line_without_an_end() -> None:
    assert edit("two  = 2", "two = 3", text="one = 1\ntwo = 2") == "one = 1\ntwo = 3"


def test_lines_are_removed() -> None:
    assert edit("two  = 2", "", text="one = 1\ntwo = 2\nthree = 3\n") == "one = 1\nthree = 3\n"


def test_a_large_file_costs_no_more_than_it_must() -> None:
    text = "\n".join(f"value_{n} = compute({n})" for n in range(30_000))
    began = time.process_time()
    with pytest.raises(Refused):
        edit("\n".join(f"other_{n} = 1" for n in range(60)), "x", text=text)
    assert time.process_time() - began < 5
