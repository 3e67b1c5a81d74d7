"""The decision matrix's score of a provider, as far as what it was made from still says something."""

from __future__ import annotations

from dataclasses import fields, replace

from providers.health.matrix import Score, Weights, score
from providers.health.metrics import HealthMetrics
from providers.health.settings import HealthSettings
from providers.live.view import Circuit, WorkspaceView
from providers.targets import Target

# Whom nobody has asked yet: well, but not better than one that does well.
UNKNOWN = Score(
    total=0.93, api_availability=1.0, recent_success_rate=0.9, response_time=0.8, error_severity=1.0, samples=0
)
NOISE = 0.1  # one failure in ten calls says nothing yet
FRESH_S = 10.0
HALF_LIFE_S = 20.0  # after so long without a call, half of what spoke against a provider is forgotten
_WEIGHTS = frozenset(item.name for item in fields(Weights))


def rating(view: WorkspaceView, target: Target, now: float, settings: HealthSettings, weights: Weights | None) -> Score:
    """The score. Who is not asked any more gives no new samples, so that the old ones fade:
    else whoever was once left would never be asked again."""
    circuit = view.circuit(target.name)
    if circuit.metrics is None:
        return replace(UNKNOWN, total=UNKNOWN.total * target.health_weight)
    metrics = faded(judged(circuit.metrics, settings), circuit, now)
    return score(metrics, weights, settings, health_weight=target.health_weight)


def judged(metrics: HealthMetrics, settings: HealthSettings) -> HealthMetrics:
    """The metrics without what may be chance: a single failure, and a decline that is not yet one by `trend_drop`. Else
    a provider that fails now and then, as all do, would be left and taken again all the time."""
    if metrics.success_rate >= 1.0 and metrics.trend >= 0.0:
        return metrics
    return replace(
        metrics,
        success_rate=min(1.0, metrics.success_rate + NOISE),
        trend=min(0.0, metrics.trend + settings.trend_drop),
    )


def faded(metrics: HealthMetrics, circuit: Circuit, now: float) -> HealthMetrics:
    """The metrics with what is against the provider made smaller by the time since its last call."""
    idle_s = 0.0 if circuit.heard_at is None else now - circuit.heard_at - FRESH_S
    if idle_s <= 0.0:
        return metrics
    kept = 0.5 ** (idle_s / HALF_LIFE_S)
    return replace(
        metrics,
        success_rate=1.0 - (1.0 - metrics.success_rate) * kept,
        error_severity=metrics.error_severity * kept,
        trend=min(0.0, metrics.trend) * kept,
        response_time=metrics.response_time * kept,
    )


def weights_of(view: WorkspaceView) -> Weights | None:
    """The weights of the decision matrix where the workspace has its own."""
    wanted = view.settings.get("decision_factors")
    return Weights(**{name: value for name, value in wanted.items() if name in _WEIGHTS}) if wanted else None
