"""A question as a person reads it: the evidence in parts, and what each answer does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from recovery.asking import ACCEPT, GIVE_UP, RETRY
from recovery.models import HumanRequest
from recovery.selectors.words import DOES, changes_of, kind_of, label_of
from recovery.states import RecoveryState, RequestState, Strategy

ANSWERS = {
    RETRY: ("Try again", "As it is, with your note. Its failures so far no longer count."),
    ACCEPT: ("Accept it", "It stays as it is, and no longer counts against the workspace."),
    GIVE_UP: ("Give up", "The task ends, and with it what needs it."),
}
CONFIRMS = {
    ACCEPT: "It is taken as it is. This cannot be undone.",
    GIVE_UP: "The task ends as failed, and what needs it does not run.",
}
ANSWERABLE = (RequestState.OPEN, RequestState.EXPIRED)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`confirm` is what to ask before it is sent; empty where it can be made good."""

    value: str
    label: str
    told: str
    confirm: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Of the evidence: `lines`, or `text` as it was printed."""

    title: str
    lines: tuple[str, ...] = ()
    text: str = ""


def answers_of(row: HumanRequest) -> tuple[Answer, ...]:
    """In the order of the request's options."""
    return tuple(_answer(str(one)) for one in row.options)


def answer_label(value: str) -> str:
    return ANSWERS[value][0] if value in ANSWERS else label_of(value)


def parts_of(row: HumanRequest) -> tuple[Part, ...]:
    """Those of the evidence that say something."""
    known: Mapping[str, Any] = row.evidence
    found = (
        Part(title="The last failures", lines=tuple(_failures(known.get("failures") or ()))),
        Part(title="What was tried", lines=tuple(_tried(known.get("tried") or ()))),
        Part(title="Beside that", lines=tuple(_beside(known))),
        Part(title="The end of its output", text=str(known.get("tail") or "")),
    )
    return tuple(part for part in found if part.lines or part.text)


def _answer(value: str) -> Answer:
    if value in ANSWERS:
        label, told = ANSWERS[value]
        return Answer(value=value, label=label, told=told, confirm=CONFIRMS.get(value, ""))
    told = DOES.get(Strategy(value), "") if value in Strategy.values else ""
    return Answer(value=value, label=label_of(value), told=told)


def _failures(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for one in rows:
        by = f" ({one['provider']})" if one.get("provider") else ""
        yield f"{kind_of(str(one.get('kind', '')))}{by}: {one.get('message') or 'no message'}"


def _tried(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for one in rows:
        state = str(one.get("state", ""))
        came = RecoveryState(state).label if state in RecoveryState.values else state
        changed = "; ".join(f"{label}: {value}" for label, value in changes_of(one.get("params") or {}))
        yield f"{label_of(str(one.get('strategy', '')))}{f' ({changed})' if changed else ''}: {came}"


def _beside(known: Mapping[str, Any]) -> Iterable[str]:
    if known.get("attempts"):
        yield f"Attempts in all: {known['attempts']}"
    if known.get("crashes"):
        yield f"Workers lost: {known['crashes']}"
    if known.get("owners"):
        yield f"On: {', '.join(str(one) for one in known['owners'])}"
    if known.get("commit"):
        yield f"Its work lies at commit {str(known['commit'])[:8]}"
