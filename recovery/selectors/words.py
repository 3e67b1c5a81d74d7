"""A decision in words, for pages and terminals: what it does, what it changed, what it was made from. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from recovery.models import RecoveryAttempt
from recovery.states import Source, Strategy

DOES = {
    Strategy.RETRY_WITH_DIFFERENT_AGENT: "Another provider does it; those that failed on it are not asked again.",
    Strategy.DECOMPOSE_INTO_SUBTASKS: "It is replaced by smaller tasks that give the same.",
    Strategy.ALTERNATIVE_APPROACH: "The same goal by another way; the way that failed is forbidden.",
    Strategy.SKIP_WITH_FALLBACK: "A smaller result stands in for it, and says so wherever it is shown.",
    Strategy.CONTEXT_RECONSTRUCTION: "Its workspace and its knowledge are rebuilt, and it begins anew.",
    Strategy.RETRY_WITH_DELAY: "The same again, later.",
    Strategy.ASK_A_PERSON: "A person is asked; the rest of the build goes on.",
    Strategy.GIVE_UP: "It ends, and with it what needs it.",
}
CHANGES = {
    "delay_s": "Waits", "until": "Until", "avoid": "Does not ask", "approach": "Way", "percent": "Of the whole",
    "forbidden": "Forbidden", "parts": "Parts", "restart": "Begins again at", "fresh": "From the start",
    "note": "A person says", "summary": "It is told",
}  # fmt: skip
FACTS = {
    "failure_kind": "Failure", "message": "It said", "provider": "Provider", "attempts": "Attempts", "waits": "Waits",
    "crashes": "Lost workers", "outside": "Outside", "retry_at": "Serves again", "providers": "Could be asked",
    "avoid": "Not asked again", "changed": "Changed since it worked", "parts": "Can be divided into",
    "approaches": "Other ways", "fallbacks": "Smaller results, %", "left_s": "To the deadline", "critical": "Critical",
    "workspace_state": "Workspace",
}  # fmt: skip
WHOLE = 100
RUNGS = ("primary recovery", "alternative strategy", "decomposition", "fallback at 80 %", "fallback at 60 %")


@dataclass(frozen=True, kw_only=True)
class Refused:
    """An option that was not taken."""

    label: str
    percent: int
    why_not: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """A decision as a page shows it. `changes` and `facts` are label and value."""

    label: str
    does: str
    source: str
    percent: int
    rung: str
    reasons: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    refused: tuple[Refused, ...]
    inputs: str


def told(row: RecoveryAttempt) -> Told:
    return Told(
        label=label_of(row.strategy),
        does=DOES.get(Strategy(row.strategy), "") if row.strategy in Strategy.values else "",
        source=_source(row.source),
        percent=round(100 * row.confidence),
        rung=RUNGS[row.rung - 1] if 1 <= row.rung <= len(RUNGS) else "",
        reasons=tuple(str(one) for one in row.reasons),
        changes=changes_of(row.params),
        facts=_pairs(row.inputs, FACTS),
        refused=tuple(_refused(one) for one in row.alternatives if isinstance(one, Mapping)),
        inputs=json.dumps(row.inputs, indent=2, ensure_ascii=False, sort_keys=True, default=str),
    )


def changes_of(params: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a strategy changed, as label and value."""
    return _pairs(params, CHANGES)


def label_of(strategy: str) -> str:
    """The strategy's name; what this version does not know as it stands."""
    return str(Strategy(strategy).label) if strategy in Strategy.values else str(strategy)


def kind_of(failure_kind: str) -> str:
    """A kind of failure, in words."""
    return failure_kind.replace("_", " ") or "unknown"


def seconds(value: float) -> str:
    """`45 s`, `4 min`, `2 h`: rounded, the largest unit that gives at least one."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if value >= size:
            return f"{round(value / size)} {unit}"
    return f"{round(value)} s" if value >= 1 or not value else f"{value:.1f} s"


def _source(value: str) -> str:
    return str(Source(value).label) if value in Source.values else str(value)


def _refused(one: Mapping[str, Any]) -> Refused:
    confidence = one.get("confidence")
    return Refused(
        label=label_of(str(one.get("strategy", ""))),
        percent=round(100 * confidence) if isinstance(confidence, int | float) else 0,
        why_not=str(one.get("why_not") or "Another one was better."),
        source=_source(str(one.get("source", ""))),
    )


def _pairs(values: Mapping[str, Any], labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Those that say something, in the order of the labels."""
    found = ((label, _value(name, values[name])) for name, label in labels.items() if name in values)
    return tuple((label, value) for label, value in found if value)


def _value(name: str, value: Any) -> str:
    """Nothing for what says nothing: none, no, zero of something, the whole."""
    if value in (None, False, "", 0) or (name == "percent" and value == WHOLE):
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_value('', one)}" for key, one in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_value("", one) for one in value)
    return _one(name, value)


def _one(name: str, value: Any) -> str:
    if name.endswith("_s") and isinstance(value, int | float):
        return seconds(float(value))
    if name == "percent":
        return f"{value} %"
    return "yes" if value is True else str(value)
