"""HealthMetrics of seeds 000: what the decision between two providers is made from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from providers.health.circuit import Circuit
from providers.states import BreakerState


@dataclass(frozen=True, kw_only=True)
class HealthMetrics:
    """The names of seeds 000, then ours. `response_time`: seconds to the first token. `success_rate` and
    `error_severity`: 0.0 to 1.0 over the last ten calls; `error_count` over the last five minutes. `trend` below zero
    is a declining success. `quality`: the share of answers whose work passed its checks. `cpu_s` and `memory_mb` are of
    the processes of an agent, None for a model."""

    framework: str
    timestamp: dt.datetime
    response_time: float
    success_rate: float
    error_count: int
    last_error: str | None
    consecutive_failures: int
    api_available: bool
    error_severity: float = 0.0
    trend: float = 0.0
    samples: int = 0
    half_open: bool = False
    quality: float | None = None
    cpu_s: float | None = None
    memory_mb: float | None = None


def metrics_of(name: str, circuit: Circuit, now: dt.datetime) -> HealthMetrics:
    """The metrics of the provider `name` at this moment."""
    window = circuit.window
    counts = window.counts(now.timestamp())
    return HealthMetrics(
        framework=name,
        timestamp=now,
        response_time=(window.first_token_ms or 0.0) / 1000,
        success_rate=window.success_rate(),
        error_count=sum(number for kind, number in counts.items() if kind != "ok"),
        last_error=window.last_error or None,
        consecutive_failures=window.consecutive_failures,
        api_available=circuit.state is not BreakerState.OPEN,
        error_severity=window.severity(),
        trend=window.trend(),
        samples=len(window.recent),
        half_open=circuit.state is BreakerState.HALF_OPEN,
        quality=window.quality,
    )
