"""Failure patterns of operators: made or changed, removed. They hold for the whole installation."""

from __future__ import annotations

from autodev.accounts.models import User
from autodev.events import services as events
from autodev.lib.db import write
from providers.failures.kinds import FailureKind
from providers.failures.unknown import check_pattern
from providers.live import versions
from providers.models import FailurePattern, UnknownFailure


def pattern_save(
    *,
    row: FailurePattern,
    actor: User | None,
    learned_from: UnknownFailure | None = None,
    door: str = "",
) -> FailurePattern:
    """Stores a pattern as it is in `row`; all processes go by it within two seconds. `learned_from` is the message that
    it was made of, which it must match. Raises PatternRefused, and ValueError for a kind that is not there."""
    FailureKind(row.kind)
    check_pattern(row.pattern, example=learned_from.example if learned_from is not None else "")

    def begin() -> FailurePattern:
        versions.raise_config()
        row.save()
        if learned_from is not None:
            UnknownFailure.objects.filter(pk=learned_from.pk).update(pattern=row)
        _record("failure_pattern.saved", row, actor, door)
        return row

    return write(begin)


def pattern_remove(*, row: FailurePattern, actor: User | None, door: str = "") -> None:
    """What it was learned from is unknown again."""

    def begin() -> None:
        versions.raise_config()
        _record("failure_pattern.removed", row, actor, door)
        FailurePattern.objects.filter(pk=row.pk).delete()

    write(begin)


def _record(word: str, row: FailurePattern, actor: User | None, door: str) -> None:
    payload = {"name": row.name, "kind": row.kind, "pattern": row.pattern, "door": door}
    events.record(type=word, actor=actor, payload=payload)
