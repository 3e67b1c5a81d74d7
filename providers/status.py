"""How each provider of a workspace stands, in plain words: what is, and what happens next and when."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from typing import Any

from providers.kinds.agents import is_agent_kind, why_not
from providers.live import process
from providers.live.view import Circuit, WorkspaceView
from providers.routing.chains import DEFAULT, chain_of
from providers.routing.need import Need
from providers.states import BreakerState
from providers.targets import Target

OFF, NO_KEY, EMERGENCY, NO_PROGRAM = "off", "no_key", "emergency", "no_program"


@dataclass(frozen=True, kw_only=True)
class Status:
    """`state` is the circuit's, or `no_key`, or `no_program` (an agent program that is not installed), or `emergency`.
    `place` is that in the default chain, from 1, None outside of it. `sentence` says what happens next. Rates are
    shares, times milliseconds; None before the first call."""

    id: uuid.UUID
    name: str
    kind: str
    model: str
    state: str
    sentence: str
    place: int | None = None
    key_names: tuple[str, ...] = ()
    success_rate: float | None = None
    first_token_ms: float | None = None
    consecutive_failures: int = 0
    samples: int = 0
    until_s: float | None = None
    failure_kind: str = ""
    reason: str = ""

    @property
    def keys(self) -> str:
        return ", ".join(self.key_names) or "–"

    @property
    def first_token(self) -> str:
        return "–" if self.first_token_ms is None else f"{self.first_token_ms:.0f} ms"

    @property
    def success(self) -> str:
        return "–" if self.success_rate is None else f"{100 * self.success_rate:.0f} %"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def statuses(workspace_id: uuid.UUID) -> list[Status]:
    """Those of the default chain in its order, then the others. Reads the snapshot of this process."""
    live = process.live()
    view = live.load_now(workspace_id)
    return statuses_of(view, now=live.now())


def statuses_of(view: WorkspaceView, *, now: float) -> list[Status]:
    members = chain_of(view, Need(workspace_id=view.workspace_id, task_kind=DEFAULT)).providers
    order = [name for name in members if name in view.targets]
    order += [name for name in view.targets if name not in order]
    return [_status(view.targets[name], view, members, now) for name in order]


def _status(target: Target, view: WorkspaceView, members: tuple[str, ...], now: float) -> Status:
    circuit = view.circuit(target.name)
    state, sentence = _state(target, circuit, now)
    metrics = circuit.metrics
    return Status(
        id=target.id,
        name=target.name,
        kind=target.kind,
        model=target.model,
        state=state,
        sentence=sentence,
        place=members.index(target.name) + 1 if target.name in members else None,
        key_names=tuple(key.name for key in target.keys),
        success_rate=metrics.success_rate if metrics is not None and circuit.samples else None,
        first_token_ms=1000 * metrics.response_time if metrics is not None and circuit.samples else None,
        consecutive_failures=metrics.consecutive_failures if metrics is not None else 0,
        samples=circuit.samples,
        until_s=max(0.0, circuit.until - now) if circuit.until is not None and not circuit.closed else None,
        failure_kind=circuit.failure_kind,
        reason=circuit.reason,
    )


def _state(target: Target, circuit: Circuit, now: float) -> tuple[str, str]:
    if target.emergency:
        return EMERGENCY, "It answers when nobody else does; it needs no key and no network."
    if target.needs_key and not target.keys:
        return NO_KEY, "It is passed over until it has a key."
    if why := why_not(target.kind, ""):
        return NO_PROGRAM, f"It is passed over: {why}."
    return str(circuit.state), _of_circuit(target, circuit, now)


def _of_circuit(target: Target, circuit: Circuit, now: float) -> str:
    if circuit.state == BreakerState.OPEN:
        return f"Nothing is sent to it ({circuit.reason}); it is tried again {_when(circuit, now)}."
    if circuit.state == BreakerState.HALF_OPEN:
        return f"One call at a time tries whether it is back; the next one goes {_when(circuit, now)}."
    if circuit.suspected(now):
        return "It failed a moment ago: others go first until a probe has asked it once more."
    if circuit.samples == 0 and circuit.closed_at is None:
        return "It was not asked yet."
    if is_agent_kind(target.kind):
        return "It works on files in its turn, and asks models through the gateway."
    return "It is asked in its turn."


def _when(circuit: Circuit, now: float) -> str:
    wait_s = (circuit.until or now) - now
    return f"in {_seconds(wait_s)}" if wait_s >= 1 else "at the next look, in a second or two"


def _seconds(wait_s: float) -> str:
    if wait_s < 90:
        return f"{wait_s:.0f} s"
    return f"{wait_s / 60:.0f} min" if wait_s < 5400 else f"{wait_s / 3600:.1f} h"
