"""A verdict as the row that stands for it, and what the row tells others."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from autodev.accounts.models import User
from projects.engine.plain import plain
from recovery.models import RecoveryAttempt
from recovery.situation import Option, Situation, Verdict
from recovery.states import Origin, Strategy

MESSAGE_LIMIT = 4000
# What the wait reason of a task begins with that goes on as soon as any provider is back.
AWAY = "Waits for a provider"


def values_of(situation: Situation, verdict: Verdict, *, origin: Origin, actor: User | None) -> dict[str, Any]:
    """The columns that the verdict fills in, but those of its state."""
    option = verdict.chosen
    params = plain(dict(option.params))
    return {
        "origin": origin,
        "strategy": option.strategy,
        "source": option.source,
        "rung": verdict.rung,
        "confidence": min(1.0, max(0.0, option.confidence)),
        "reasons": list(option.reasons),
        "alternatives": [told(one) for one in verdict.alternatives],
        "inputs": inputs_of(situation),
        "params": params,
        "failure_kind": situation.failure_kind[:40],
        "signature": situation.signature[:64],
        "task_kind": situation.task_kind[:40],
        "message": situation.message[:MESSAGE_LIMIT],
        "provider": situation.provider[:80],
        "percent": params.get("percent") if option.strategy == Strategy.SKIP_WITH_FALLBACK else None,
        "delay_s": float(params.get("delay_s", 0.0)),
        "failed_at": situation.failed_at,
        "actor": actor,
    }


def row_of(situation: Situation, values: Mapping[str, Any], *, number: int) -> RecoveryAttempt:
    """The row, not yet written."""
    return RecoveryAttempt(
        workspace_id=situation.workspace_id, build_id=situation.build_id, task_id=situation.task_id,
        epoch=situation.epoch, number=number, **values,
    )  # fmt: skip


def told(option: Option) -> dict[str, Any]:
    """An option as JSON."""
    return {
        "strategy": str(option.strategy),
        "source": str(option.source),
        "confidence": round(option.confidence, 3),
        "reasons": list(option.reasons),
        "params": plain(dict(option.params)),
        "why_not": option.why_not,
    }


def replaced(row: RecoveryAttempt) -> dict[str, Any]:
    """The option that stood in the row until a member chose another."""
    return {
        "strategy": row.strategy, "source": row.source, "confidence": row.confidence, "reasons": row.reasons,
        "params": row.params, "why_not": "A member chose another.",
    }  # fmt: skip


def reason_of(situation: Situation, option: Option) -> str:
    """Why the task goes on, waits or ends, for people."""
    why = option.reasons[0] if option.reasons else str(Strategy(option.strategy).label)
    waits = option.strategy == Strategy.RETRY_WITH_DELAY and situation.outside
    if waits and (situation.by_provider or situation.provider):
        return f"{AWAY} ({situation.provider or situation.failure_kind}): {why}"
    return why


def inputs_of(situation: Situation) -> dict[str, Any]:
    """The situation as JSON: what was known when it was decided."""
    return {
        field.name: as_json(getattr(situation, field.name))
        for field in dataclasses.fields(situation)
        if field.name not in {"message", "workspace_id", "build_id", "task_id"}
    }


def as_json(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(one) for one in value]
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def event_of(values: Mapping[str, Any], *, key: str, epoch: int) -> dict[str, Any]:
    """What the event `recovery.decided` says."""
    return {
        "key": key,
        "epoch": epoch,
        "strategy": str(values["strategy"]),
        "source": str(values["source"]),
        "confidence": round(values["confidence"], 3),
        "rung": values["rung"],
        "reasons": values["reasons"],
        "failure_kind": values["failure_kind"],
        "delay_s": values["delay_s"],
    }
