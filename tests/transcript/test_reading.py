"""Journal steps as what happened, without a database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from autodev.contracts.transcript import Entry, EntryKind
from projects.templatetags.tasks import cut_line, headline
from projects.transcript import TEXT_LONGEST, happenings

pytestmark = pytest.mark.feature("F2.11")
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


@dataclass
class Row:
    kind: str
    output: Any = None
    title: str = ""
    key: str = "k"
    commit: str = ""
    epoch: int = 1
    duration_ms: int = 0
    created_at: dt.datetime = field(default=NOW)


TURN = {
    "text": "I will look.", "provider": "gpt", "model": "gpt-5", "input_tokens": 900, "output_tokens": 20,
    "cost_usd": "0.0012",
    "tool_calls": [{"id": "c1", "name": "read", "arguments": '{"path": "app.py", "lines": [1, 9]}'}],
}  # fmt: skip


def test_a_turn_says_calls_and_costs_and_its_answer_stands_with_the_call() -> None:
    tools = {"answers": [{"id": "c1", "answer": "print(1)"}]}
    said, tool, usage = happenings([Row("turn", TURN, duration_ms=340), Row("tools", tools)])
    assert (said.kind, said.text, said.who) == ("said", "I will look.", "gpt")
    assert (tool.tool, tool.arguments, tool.answer, tool.ok) == (
        "read",
        "path: app.py\nlines: [1, 9]",
        "print(1)",
        True,
    )
    assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (900, 20, Decimal("0.0012"))
    assert (usage.who, usage.text, usage.duration_ms) == ("gpt", "gpt-5", 340)


def test_a_call_without_an_answer_waits_and_an_answer_without_its_call_stands_alone() -> None:
    tool = next(one for one in happenings([Row("turn", TURN)]) if one.kind == "tool")
    assert tool.answer is None
    (alone,) = happenings([Row("tools", {"answers": [{"id": "c9", "answer": "error: no such file"}]})])
    assert (alone.kind, alone.text, alone.ok) == ("result", "error: no such file", False)


def test_the_entries_of_a_program() -> None:
    entries = [
        Entry(kind=EntryKind.SAID, text="Hello", at=1_800_000_000.0),
        Entry(kind=EntryKind.TOOL, tool="Edit", call="t1", arguments={"path": "a.py"}),
        Entry(kind=EntryKind.RESULT, tool="Edit", call="t1", text="no", ok=False),
        Entry(kind=EntryKind.USAGE, input_tokens=5, output_tokens=6, cost_usd="0.5"),
        Entry(kind=EntryKind.RETRY, text="529", ok=False),
    ]
    data = [entry.as_json() for entry in entries]
    for output in (data, {"entries": data}):
        said, tool, usage, retry = happenings([Row("entries", output)])
        assert said.at == dt.datetime.fromtimestamp(1_800_000_000, tz=dt.UTC)
        assert (tool.tool, tool.answer, tool.ok) == ("Edit", "no", False)
        assert (usage.cost_usd, retry.text) == (Decimal("0.5"), "529")


def test_who_worked_why_it_changed_and_who_spoke() -> None:
    steps = [
        Row("began", {"worker": "agent", "commit": "c" * 40}),
        Row("message", {"text": "Use blue.", "by": "Ada"}),
        Row("question", {"question": "Which?", "answer": "This", "by": "Ada", "assumed": False}),
        Row("question", {"question": "Which?", "answer": "That", "by": "", "assumed": True}),
        Row("tactic", {"tactic": "fresh", "reason": "The same failure twice."}),
        Row("left", {"worker": "agent", "message": "no answer", "lost": ["tests"], "commit": ""}),
        Row("began", {"worker": "claude", "previous": "agent", "reason": "it left", "told": "You take over."}),
        Row("snapshot", {"parent": "x"}, title="Turn 1: app.py", commit="d" * 40),
    ]
    lines = happenings(steps)
    assert [headline(line) for line in lines] == [
        "agent took it", "Ada said to it", "Asked; Ada answered", "Asked; went on with its assumption",
        "Changed its way: fresh", "agent gave it up", "claude took it over from agent", "Kept",
    ]  # fmt: skip
    assert [line.text for line in lines][4:] == [
        "The same failure twice.", "no answer\nIts work was taken back: tests had been green before.", "it left",
        "Turn 1: app.py",
    ]  # fmt: skip
    assert [line.answer for line in lines[2:4]] == ["This", "That"]
    assert (lines[0].answer, lines[6].answer) == (None, "You take over.")
    assert (lines[0].commit, lines[7].kind, lines[7].commit) == ("c" * 40, "commit", "d" * 40)


def test_secrets_are_left_out_everywhere() -> None:
    secret = "sk-live-0123456789abcdef"
    turn = {**TURN, "text": secret, "tool_calls": [{"id": "c", "name": "run", "arguments": f'{{"argv": "{secret}"}}'}]}
    steps = [
        Row("turn", turn), Row("tools", {"answers": [{"id": "c", "answer": secret}]}),
        Row("message", {"text": secret}), Row("question", {"question": secret, "answer": secret}),
        Row("entries", [{"kind": "tool", "tool": "x", "call": "y", "arguments": {"key": secret}}]),
        Row("note", title=secret),
    ]  # fmt: skip
    assert secret not in repr(happenings(steps))


def test_long_answers_are_folded_and_bounded() -> None:
    turn = {**TURN, "text": ""}
    long = "x" * (TEXT_LONGEST + 7)
    tool = happenings([Row("turn", turn), Row("tools", {"answers": [{"id": "c1", "answer": long}]})])[0]
    assert tool.long
    assert (len(tool.beginning), len(tool.answer or ""), tool.cut) == (1_200, TEXT_LONGEST, 7)
    assert cut_line("a " * 300).endswith("…")
    assert cut_line("a\n b") == "a b"


@pytest.mark.parametrize(
    "step",
    [
        Row("turn", {"of": "another form"}, title="Asked"),
        Row("turn", {**TURN, "tool_calls": None, "input_tokens": "many", "cost_usd": "free"}, title="Asked"),
        Row("turn", {**TURN, "tool_calls": [{"id": "c", "name": "run", "arguments": "{broken"}]}, title="Asked"),
        Row("turn", {**TURN, "tool_calls": [{"id": "c", "name": "run", "arguments": "[1]"}]}, title="Asked"),
        Row("tools", None, title="Used"),
        Row("entries", [{"no": "kind"}, "text"], title="Told"),
        Row("began", None, title="Began"),
    ],
)
def test_a_step_of_another_form_is_told_all_the_same(step: Row) -> None:
    assert happenings([step])
