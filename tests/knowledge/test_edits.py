"""Learned fixes as plain data: the smallest edits, and where they fit."""

from __future__ import annotations

import pytest

from projects.checks.types import FindingData
from projects.fixes.learned import EDIT_LONGEST, Edit, applied, digest_of, edits_for, signature_of
from tests.fixes.conftest import TextFiles

pytestmark = pytest.mark.feature("F1.12", "F1.7")
OLD = "import os\n\n\ndef one() -> int:\n    return undefined\n\n\ndef two() -> int:\n    return 2\n"
NEW = OLD.replace("undefined", "1").replace("return 2", "return 22")


def found(line: int | None = 5, file: str = "app/one.py") -> FindingData:
    return FindingData(rule="F821", message="Undefined name `undefined`", file=file, line=line)


def test_the_signature_knows_the_finding_again() -> None:
    first = signature_of("lint", "E501", "Line too long (121 > 120)")
    assert first == signature_of("lint", "E501", "Line too long (300 > 120)")
    assert first != signature_of("types", "E501", "Line too long (121 > 120)")
    assert first != signature_of("lint", "E502", "Line too long (121 > 120)")
    assert len(first) == 64


def test_only_the_change_near_the_finding_is_learned() -> None:
    (edit,) = edits_for(found(), {"app/one.py": OLD}, {"app/one.py": NEW})
    assert edit == Edit(
        path="app/one.py", before="def one() -> int:\n    return undefined\n\n",
        after="def one() -> int:\n    return 1\n\n", own=True,
    )  # fmt: skip


def test_without_a_change_near_it_all_of_its_file_is_learned() -> None:
    assert len(edits_for(found(line=40), {"app/one.py": OLD}, {"app/one.py": NEW})) == 2
    assert len(edits_for(found(line=None), {"app/one.py": OLD}, {"app/one.py": NEW})) == 2


def test_where_its_file_stayed_the_others_answered_it() -> None:
    edits = edits_for(found(), {}, {"app/undefined.py": "value = 1\n"})
    assert edits == (Edit(path="app/undefined.py", before="", after="value = 1\n"),)


def test_the_context_grows_until_it_stands_once() -> None:
    old = "a\nx\nb\n" * 2 + "c\n"
    new = "a\nx\nb\n" + "a\ny\nb\n" + "c\n"
    (edit,) = edits_for(found(line=5), {"app/one.py": old}, {"app/one.py": new})
    assert old.count(edit.before) == 1
    assert edit.after.endswith("y\nb\nc\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"app/other.py": "a\n"}, {}),
        ({"app/one.py": OLD}, {"app/one.py": OLD.replace("undefined", "x" * (EDIT_LONGEST + 1))}),
        ({"app/one.py": OLD}, {"app/one.py": OLD.replace("undefined", '"sk-live-0123456789abcdef"')}),
        ({"app/one.py": "a\n" * 40}, {"app/one.py": "a\n" * 20 + "b\n" + "a\n" * 20}),
        ({"app/one.py": OLD}, {"app/one.py": OLD}),
    ],
    ids=["deletion", "too long", "secret", "never unique", "nothing"],
)
def test_what_cannot_be_learned_is_not(old: dict[str, str], new: dict[str, str]) -> None:
    assert edits_for(found(line=21), old, new) == ()


def test_the_same_change_has_one_digest() -> None:
    here = Edit(path="a.py", before="x", after="y", own=True)
    there = Edit(path="b.py", before="x", after="y", own=True)
    assert digest_of([here]) == digest_of([there])
    assert digest_of([here]) != digest_of([Edit(path="a.py", before="x", after="y")])
    assert Edit.from_json(here.as_json()) == here


def test_it_applies_in_the_findings_file_wherever_that_is() -> None:
    edits = edits_for(found(), {"app/one.py": OLD}, {"app/one.py": NEW})
    files = TextFiles({"src/other.py": OLD, "app/one.py": "unlike\n"})
    assert applied(edits, ["src/other.py"], files) == {"src/other.py": OLD.replace("undefined", "1")}
    assert applied(edits, ["app/one.py", "src/other.py"], files) == {"src/other.py": OLD.replace("undefined", "1")}


def test_it_applies_only_where_the_text_stands_once() -> None:
    edits = edits_for(found(), {"app/one.py": OLD}, {"app/one.py": NEW})
    assert applied(edits, ["app/one.py"], TextFiles({"app/one.py": OLD + OLD})) == {}
    assert applied(edits, ["app/one.py"], TextFiles({})) == {}


def test_a_file_is_made_only_where_there_is_none() -> None:
    edits = [Edit(path="app/__init__.py", before="", after="")]
    assert applied(edits, [], TextFiles({})) == {"app/__init__.py": ""}
    assert applied(edits, [], TextFiles({"app/__init__.py": "x"})) == {}


def test_all_edits_fit_or_none_is_made() -> None:
    edits = [Edit(path="a.py", before="x\n", after="y\n"), Edit(path="b.py", before="x\n", after="y\n")]
    assert applied(edits, [], TextFiles({"a.py": "x\n", "b.py": "z\n"})) == {}
    assert applied(edits, [], TextFiles({"a.py": "x\n", "b.py": "x\n"})) == {"a.py": "y\n", "b.py": "y\n"}
