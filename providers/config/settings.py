"""Thresholds, weights and switches of a workspace, with the names and defaults of seeds 000 where it has one.

What is not written has the default. Times are in seconds.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from providers.config.base import Part, Seconds, Share, Weight, Words
from providers.health.settings import DEFAULTS
from providers.states import Strategy

# The strategies of seeds 000 by its names, and the three that came after it.
SeedStrategy = Literal[
    "intelligent_primary_secondary",
    "primary_secondary",
    "round_robin",
    "performance_based",
    "task_specific",
    "cost_based",
    "least_loaded",
]
PromptName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
PromptVersion = Annotated[int, Field(ge=1, le=10_000)]
# What a chain does that names no strategy of its own. Task-specific routing is chains for task kinds and classes.
CHAIN_STRATEGY: dict[str, Strategy] = {
    "intelligent_primary_secondary": Strategy.PRIMARY_SECONDARY,
    "task_specific": Strategy.PRIMARY_SECONDARY,
}


class FallbackSystem(Part):
    """The section of seeds 000. `enabled` false: only the first provider of a chain, then the emergency one.
    `response_time_threshold` is for the first token."""

    enabled: bool = True
    strategy: SeedStrategy = "intelligent_primary_secondary"
    monitoring_interval: Seconds = DEFAULTS.monitoring_interval
    health_check_timeout: Seconds = DEFAULTS.api_timeout
    consecutive_failure_threshold: Annotated[int, Field(ge=1, le=100)] = DEFAULTS.consecutive_failure_threshold
    error_rate_threshold: Share = DEFAULTS.error_rate_threshold
    response_time_threshold: Seconds = DEFAULTS.response_time_threshold

    @property
    def chain_strategy(self) -> Strategy:
        return CHAIN_STRATEGY.get(self.strategy) or Strategy(self.strategy)


class DecisionFactors(Part):
    """DECISION_FACTORS of seeds 000."""

    api_availability: Weight = 0.4
    recent_success_rate: Weight = 0.3
    response_time: Weight = 0.2
    error_severity: Weight = 0.1


class HealthSection(Part):
    """The rest of `providers.health.settings.HealthSettings`, which says what each one means."""

    error_window: Annotated[int, Field(ge=1, le=10)] = DEFAULTS.error_window
    slow_calls_threshold: Annotated[int, Field(ge=1, le=100)] = DEFAULTS.slow_calls_threshold
    witness_window_s: Seconds = DEFAULTS.witness_window_s
    first_open_s: Seconds = DEFAULTS.first_open_s
    max_open_s: Annotated[float, Field(gt=0, le=25)] = DEFAULTS.max_open_s
    max_retry_after_s: Seconds = DEFAULTS.max_retry_after_s
    good_probes_to_close: Annotated[int, Field(ge=1, le=10)] = DEFAULTS.good_probes_to_close
    probe_pause_s: Seconds = DEFAULTS.probe_pause_s
    probe_lease_s: Seconds = DEFAULTS.probe_lease_s
    suspicion_s: Seconds = DEFAULTS.suspicion_s
    trend_drop: Share = DEFAULTS.trend_drop
    trend_samples: Annotated[int, Field(ge=1, le=10_000)] = DEFAULTS.trend_samples
    switch_margin: Share = DEFAULTS.switch_margin
    minimum_stay_s: Annotated[float, Field(ge=0, le=86_400)] = DEFAULTS.minimum_stay_s
    minimum_samples: Annotated[int, Field(ge=0, le=10_000)] = DEFAULTS.minimum_samples


class DeadlineSection(Part):
    """For providers that say nothing of their own."""

    first_token_s: Seconds = 30.0
    stall_s: Seconds = 15.0
    total_s: Seconds = 600.0
    connect_s: Seconds = 5.0


class RoutingSection(Part):
    """`first_token_patience_s`: how long a silent provider is waited for where another one stands ready."""

    first_token_patience_s: Seconds = 10.0


class CacheSection(Part):
    """Whole answers that were paid before. `task_kinds` limits it to these; empty is all that ask for it."""

    enabled: bool = True
    ttl_s: Annotated[float, Field(gt=0, le=31_536_000)] = 86_400
    task_kinds: Words = Field(default_factory=list)


class BudgetSection(Part):
    """`warn_at`: the share from which cheaper providers are preferred, for budgets that say nothing of their own."""

    warn_at: Share = 0.8


class Settings(Part):
    """`prompts` pins versions of prompts (`repair: 1`); the newest holds for the others. `follow_file` false: the
    installation's models.yaml leaves this workspace alone."""

    fallback_system: FallbackSystem = FallbackSystem()
    decision_factors: DecisionFactors = DecisionFactors()
    health: HealthSection = HealthSection()
    deadlines: DeadlineSection = DeadlineSection()
    routing: RoutingSection = RoutingSection()
    cache: CacheSection = CacheSection()
    budgets: BudgetSection = BudgetSection()
    prompts: Annotated[dict[PromptName, PromptVersion], Field(max_length=100)] = Field(default_factory=dict)
    follow_file: bool = True


class FallbackChainFlag(Part):
    """LOVABLE_FALLBACK_CHAIN of seeds 001. None leaves it to `fallback_system.enabled`."""

    enabled: bool | None = None


class LovablePatterns(Part):
    p2_fallback_chain: FallbackChainFlag = FallbackChainFlag()


def for_calls(settings: Settings) -> dict[str, Any]:
    """The settings as a live view has them, every default filled in: the thresholds of `HealthSettings` by its names,
    those of `routing`, and the sections `decision_factors`, `deadlines`, `cache`, `budgets` and `prompts` as they
    are."""
    system = settings.fallback_system.model_dump(exclude={"enabled", "strategy", "health_check_timeout"})
    return {
        **system,
        "api_timeout": settings.fallback_system.health_check_timeout,
        **settings.health.model_dump(),
        **settings.routing.model_dump(),
        "decision_factors": settings.decision_factors.model_dump(),
        "deadlines": settings.deadlines.model_dump(),
        "cache": settings.cache.model_dump(),
        "budgets": settings.budgets.model_dump(),
        "prompts": dict(settings.prompts),
    }


def flag_of(settings: Settings, lovable: LovablePatterns) -> bool | None:
    """What a document says of LOVABLE_FALLBACK_CHAIN: the pattern's own switch, else `fallback_system.enabled` where it
    is written, else nothing."""
    own = lovable.p2_fallback_chain.enabled
    if own is not None:
        return own
    system = settings.fallback_system
    written = "fallback_system" in settings.model_fields_set and "enabled" in system.model_fields_set
    return system.enabled if written else None
