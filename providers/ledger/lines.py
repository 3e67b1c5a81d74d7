"""The rows of the ledger, made from what the routing hands over. Nothing is written here."""

from __future__ import annotations

import uuid
from typing import Any

from autodev.lib import clock
from autodev.lib.ids import new_id
from autodev.lib.plain import storable
from providers.failures.signal import Failure
from providers.live import owner
from providers.models import Call, Decision
from providers.routing.choice import Choice
from providers.routing.need import Need
from providers.routing.ports import Reservation, Settlement
from providers.states import CallState
from providers.targets import Key, Target


def decision_of(need: Need, choice: Choice, *, previous: str = "", trigger: str = "") -> Decision:
    """`inputs` says with `leader` who serves the kind of task from now on; a special case says nothing about it."""
    return Decision(
        id=new_id(),
        workspace_id=need.workspace_id,
        task_kind=need.task_kind[:60],
        strategy=choice.strategy[:30],
        chosen=choice.chosen[:60],
        previous=(previous or choice.previous)[:60],
        trigger=(trigger or choice.trigger)[:40],
        reason=plain(choice.reason, 300),
        candidates=choice.places(),
        inputs={**choice.inputs, "chain": choice.chain, **({"leader": choice.leader} if choice.leader else {})},
        project_id=need.project_id,
        build_id=need.build_id,
        task_id=need.task_id,
    )


def order_of(choice: Choice) -> tuple[str, ...]:
    """The chain in which it was made; empty where that is not said."""
    order = choice.inputs.get("order", ())
    return tuple(str(name) for name in order) if isinstance(order, (list, tuple)) else ()


def call_of(reservation: Reservation, decision_id: uuid.UUID | None) -> Call:
    """The row of an attempt before it is made."""
    row = row_of(reservation.need, reservation.request_id, reservation.target, reservation.key)
    row.decision_id = decision_id
    row.attempt = reservation.attempt
    row.reserved_usd = reservation.estimate_usd
    row.input_tokens = max(0, reservation.input_tokens)
    row.injected = reservation.drill is not None
    return row


def row_of(need: Need, request_id: uuid.UUID, target: Target, key: Key | None) -> Call:
    return Call(
        id=new_id(),
        workspace_id=need.workspace_id,
        provider_id=target.id,
        request_id=request_id,
        purpose=need.purpose,
        task_kind=need.task_kind[:60],
        prompt=need.prompt[:60],
        provider_name=target.name,
        model=target.model,
        key_name=key.name if key is not None else "",
        emergency=target.emergency,
        project_id=need.project_id,
        build_id=need.build_id,
        task_id=need.task_id,
        owner=owner.name(),
    )


def settled(settlement: Settlement) -> dict[str, Any]:
    """What the row says at the end."""
    changes: dict[str, Any] = {
        "state": CallState.SETTLED,
        "outcome": settlement.outcome,
        "input_tokens": settlement.usage.input_tokens,
        "output_tokens": settlement.usage.output_tokens,
        "cached_tokens": settlement.usage.cached_tokens,
        "cost_usd": settlement.cost_usd,
        "first_token_ms": milliseconds(settlement.first_token_ms),
        "total_ms": milliseconds(settlement.total_ms),
        "finished_at": clock.utcnow(),
        **failed(settlement.failure),
    }
    if settlement.model:
        changes["model"] = plain(settlement.model, 200)
    return changes


def failed(failure: Failure | None) -> dict[str, Any]:
    if failure is None:
        return {"failure_kind": "", "failure_text": "", "failure_reason": ""}
    return {
        "failure_kind": failure.kind.value,
        "failure_text": plain(failure.message, 500),
        "failure_reason": plain(failure.reason, 100),
        "http_status": failure.http_status,
        "retry_after_s": failure.retry_after_s,
    }


def milliseconds(value: float | None) -> int | None:
    return None if value is None else max(0, round(value))


def plain(text: str, length: int) -> str:
    """Short enough for its column, and without what PostgreSQL does not store."""
    return storable(text)[:length]
