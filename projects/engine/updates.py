"""What a task may change of its build, and how two changes of one field come together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from projects.models import Build

REPLACED = frozenset({"spec", "plan", "tech_stack", "last_green", "sandbox_level", "emergency"})
MERGED = frozenset({"metrics"})
EXTENDED = frozenset({"errors", "warnings", "degraded"})
VERDICT = "verdict"


def check_updates(updates: Mapping[str, Any]) -> None:
    """Raises ValueError for a field that a task does not own."""
    unknown = set(updates) - REPLACED - MERGED - EXTENDED - {VERDICT}
    if unknown:
        raise ValueError(f"a task cannot change these fields of a build: {sorted(unknown)}")


def build_changes(build: Build, updates: Mapping[str, Any], *, degraded: Sequence[str] = ()) -> dict[str, Any]:
    """The columns to write: most are replaced, `metrics` is merged by key, the lists of sentences grow."""
    check_updates(updates)
    changes = {name: value for name, value in updates.items() if name in REPLACED}
    for name in MERGED & set(updates):
        changes[name] = {**getattr(build, name), **updates[name]}
    for name in EXTENDED:
        more = [*updates.get(name, ()), *(degraded if name == "degraded" else ())]
        if more:
            changes[name] = list(dict.fromkeys([*getattr(build, name), *more]))
    return changes
