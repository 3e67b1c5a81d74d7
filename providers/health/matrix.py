"""The decision matrix of seeds 000 and the hysteresis that keeps two equal providers from taking turns."""

from __future__ import annotations

from dataclasses import dataclass, field

from providers.health.metrics import HealthMetrics
from providers.health.settings import DEFAULTS, HealthSettings


@dataclass(frozen=True, kw_only=True)
class Weights:
    """DECISION_FACTORS of seeds 000. They need not add up to 1."""

    api_availability: float = 0.4
    recent_success_rate: float = 0.3
    response_time: float = 0.2
    error_severity: float = 0.1

    @property
    def sum(self) -> float:
        return self.api_availability + self.recent_success_rate + self.response_time + self.error_severity


@dataclass(frozen=True, kw_only=True)
class Score:
    """`total` and the four factors, each 0.0 (worst) to 1.0. `samples`: how many calls it was made from."""

    total: float
    api_availability: float
    recent_success_rate: float
    response_time: float
    error_severity: float
    samples: int = 0


@dataclass(frozen=True, kw_only=True)
class Switch:
    switch: bool
    reason: str


def score(
    metrics: HealthMetrics,
    weights: Weights | None = None,
    settings: HealthSettings = DEFAULTS,
    *,
    health_weight: float = 1.0,
) -> Score:
    """The score of one provider. A declining success is carried on into the future by as much again, so that a switch
    comes before the threshold does. `health_weight` is the provider's own factor of seeds 000."""
    weights = weights or Weights()
    availability = 0.0 if not metrics.api_available else 0.5 if metrics.half_open else 1.0
    success = _unit(metrics.success_rate + min(0.0, metrics.trend))
    speed = _unit(1.0 - metrics.response_time / settings.response_time_threshold)
    calm = _unit(1.0 - metrics.error_severity)
    total = (
        weights.api_availability * availability
        + weights.recent_success_rate * success
        + weights.response_time * speed
        + weights.error_severity * calm
    )
    return Score(
        total=total / (weights.sum or 1.0) * health_weight,
        api_availability=availability,
        recent_success_rate=success,
        response_time=speed,
        error_severity=calm,
        samples=metrics.samples,
    )


def should_switch(
    current: Score,
    candidate: Score,
    settings: HealthSettings = DEFAULTS,
    *,
    stay_s: float,
    current_open: bool = False,
    candidate_preferred: bool = False,
) -> Switch:
    """Whether to leave the current provider for the candidate. `stay_s`: seconds since the last switch. An open circuit
    bypasses margin, stay and samples. `candidate_preferred`: it stands before the current one in the chain, so that
    going back to it needs no better score, only one that is not worse by half the margin."""
    gap = candidate.total - current.total
    if current_open:
        return Switch(switch=True, reason="the current one's circuit is open")
    if stay_s < settings.minimum_stay_s:
        return Switch(switch=False, reason=f"stays at least {settings.minimum_stay_s:.0f} s ({stay_s:.0f} s so far)")
    if candidate_preferred:
        back = gap >= -settings.switch_margin / 2
        return Switch(
            switch=back, reason=f"the preferred one is {'well again' if back else 'not well yet'} ({gap:+.2f})"
        )
    if current.samples < settings.minimum_samples:
        return Switch(switch=False, reason=f"too few calls to judge by ({current.samples})")
    better = gap > settings.switch_margin
    return Switch(switch=better, reason=f"score {gap:+.2f}, margin {settings.switch_margin:.2f}")


@dataclass(frozen=True)
class SwitchingDecisionMatrix:
    """The interface of seeds 000 over `score` and `should_switch`, for two that were both known for long enough."""

    weights: Weights = field(default_factory=Weights)
    settings: HealthSettings = DEFAULTS

    def should_switch_framework(self, current_metrics: HealthMetrics, fallback_metrics: HealthMetrics) -> bool:
        """Whether the weighted score of the fallback is better by more than the margin."""
        return should_switch(
            score(current_metrics, self.weights, self.settings),
            score(fallback_metrics, self.weights, self.settings),
            self.settings,
            stay_s=self.settings.minimum_stay_s,
            current_open=not current_metrics.api_available and fallback_metrics.api_available,
        ).switch


def _unit(value: float) -> float:
    return max(0.0, min(1.0, value))
