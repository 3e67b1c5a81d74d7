"""What counts as done: what a program says of itself is the least of it."""

from __future__ import annotations

import pytest

from providers.kinds.base import ProviderFailure
from providers.kinds.programs.finish import Ended, changed, judged

pytestmark = pytest.mark.feature("F2.2")


def test_changes_and_a_word_are_a_success() -> None:
    summary, left_open = judged(Ended(text=" Done. "), title="T", paths=("a.py",))
    assert (summary.title, summary.paths, summary.notes, left_open) == ("T", ("a.py",), ("Done.",), ())


@pytest.mark.parametrize(
    ("ended", "paths", "kind", "words"),
    [
        (Ended(text="Done.", error="529"), ("a.py",), "framework_error", "529"),
        (Ended(text="Done.", denied=["Write", "Bash", "Write"]), ("a.py",), "framework_error", "use Bash, Write,"),
        (Ended(text="  "), ("a.py",), "empty_answer", "without a word"),
        (Ended(text="Everything is done."), (), "code_error", "does not say why: Everything is done."),
        (Ended(text="Nothing to change:"), (), "code_error", "does not say why"),
        (Ended(text="", cut="The turns were used up."), (), "code_error", "The turns were used up. Nothing was"),
    ],
)
def test_what_is_none(ended: Ended, paths: tuple[str, ...], kind: str, words: str) -> None:
    with pytest.raises(ProviderFailure, match=words) as failed:
        judged(ended, title="T", paths=paths)
    assert failed.value.kind == kind


@pytest.mark.parametrize(
    "text", ["Nothing to change: it greets already.", "I looked.\n**Nothing to change** - all is there."]
)
def test_no_change_with_a_reason_is_one(text: str) -> None:
    assert judged(Ended(text=text), title="T", paths=())[0].paths == ()


def test_what_is_left_open_is_told() -> None:
    text = "It greets.\n\n**Left open:**\n- Latin\n* the tests\n3. Greek\nand so on"
    assert judged(Ended(text=text), title="T", paths=("a.py",))[1] == ("Latin", "the tests", "Greek")
    summary, left_open = judged(Ended(text="", cut="Turns."), title="T", paths=("a.py",))
    assert (summary.notes, left_open) == ((), ("Turns.",))


def test_what_came_went_and_changed() -> None:
    before = {"same": "1", "gone": "2", "other": "3"}
    assert changed(before, {"same": "1", "other": "4", "new": "5"}) == ("gone", "new", "other")
