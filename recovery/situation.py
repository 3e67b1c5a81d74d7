"""What a decision is made from, and what it is: plain data between reading, choosing and applying."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recovery.states import RecoveryState, RequestReason, Source, Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One earlier decision about the task."""

    strategy: Strategy
    failure_kind: str
    signature: str
    state: RecoveryState
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What worked before on such failures: the decayed weights of good and bad outcomes, over all failures of this kind
    and, with `known`, on this very signature (successes, uses)."""

    good: float = 0.0
    bad: float = 0.0
    known: tuple[int, int] = (0, 0)
    known_params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a model would do, checked for form: `confidence` between 0 and 1."""

    strategy: Strategy
    confidence: float
    reasons: tuple[str, ...] = ()
    provider: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that is known about a failed attempt. `failure_kind` is a FailureKind or one of the engine's own (`work`,
    `code`, `no_progress`, `worker_lost`, `no_handler`, `merge_conflict`, …). `history` is oldest first. `providers` are
    those that could be asked now, `avoid` those that failed on this task; `changed` says in words what is different
    since such a task last worked. `parts`, `approaches` and `fallbacks` are what the kind of task offers. `left_s` are
    the seconds to the build's deadline, `retry_at` is when a provider said it will serve again."""

    workspace_id: uuid.UUID
    build_id: uuid.UUID
    task_id: uuid.UUID
    epoch: int
    now: dt.datetime
    failed_at: dt.datetime
    task_key: str
    task_kind: str
    critical: bool
    failure_kind: str
    signature: str
    message: str
    outside: bool = False
    provider: str = ""
    attempts: int = 0
    max_attempts: int = 5
    waits: int = 0
    crashes: int = 0
    history: Sequence[Past] = ()
    avoid: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    retry_at: dt.datetime | None = None
    left_s: float | None = None
    parts: int = 0
    approaches: tuple[str, ...] = ()
    fallbacks: tuple[int, ...] = ()
    depth: int = 0
    by_provider: bool = False
    changed: tuple[str, ...] = ()
    learned: Mapping[Strategy, Learned] = field(default_factory=dict)
    workspace_state: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing that could be done: `params` for applying it (`delay_s`, `avoid`, `approach`, `percent`), and where it
    is not taken, `why_not`."""

    strategy: Strategy
    source: Source
    confidence: float
    reasons: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is done, and what else was looked at. `rung` is the place in the hierarchy of 004 (1 primary, 2 alternative,
    3 decomposition, 4 fallback at 80 %, 5 fallback at 60 %). `request` says why a person is asked."""

    chosen: Option
    rung: int
    alternatives: tuple[Option, ...] = ()
    request: RequestReason | None = None
