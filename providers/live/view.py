"""One workspace as a call sees it: plain frozen data, made off the hot path; reading it costs no query.

Moments are seconds since the epoch by the database's clock; `providers.live.now()` gives the present one.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from providers.failures.patterns import PatternSet
from providers.health.metrics import HealthMetrics
from providers.states import BreakerState, Strategy
from providers.targets import Target


@dataclass(frozen=True, kw_only=True)
class ChainView:
    """Names of providers in the order primary, secondary, …, for a kind of task, a task class, or `default`."""

    task_kind: str
    strategy: Strategy
    providers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RuleView:
    """`when` and `then` as `providers.config.schema` has checked them."""

    name: str
    position: int
    when: Mapping[str, Any]
    then: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class DrillView:
    """A fault put into `provider` from `since` until `until`, for `share` (0 to 1) of its calls."""

    id: uuid.UUID
    provider: str
    fault: str
    share: float
    since: float
    until: float


@dataclass(frozen=True, kw_only=True)
class BudgetView:
    """`pressure` is the share of the limit that is spent or reserved (of money or calls, whichever is more); from
    `warn_at` on cheaper providers are preferred. At most some seconds old: the reservation itself is exact."""

    scope: str
    subject_id: uuid.UUID
    pressure: float
    warn_at: float = 0.8
    left_usd: Decimal | None = None
    left_calls: int | None = None


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """The breaker of a provider, or of one of its keys, with the health behind it. Before `until` nothing is sent;
    where it is open and `until` is past, a probe decides, not a call. Until `suspected_until` a closed one awaits its
    confirming probe, and another provider is preferred. `version` is that of its row, 0 where there is none yet.
    `metrics` is None before the first call. `samples` counts what the windows hold, `heard_at` is when the
    last call ended."""

    state: BreakerState = BreakerState.CLOSED
    version: int = 0
    until: float | None = None
    opened_at: float | None = None
    closed_at: float | None = None
    ejections: int = 0
    failure_kind: str = ""
    reason: str = ""
    good: int = 0
    probe_until: float | None = None
    suspected_until: float | None = None
    metrics: HealthMetrics | None = None
    samples: int = 0
    heard_at: float | None = None

    @property
    def closed(self) -> bool:
        return self.state == BreakerState.CLOSED

    def suspected(self, now: float) -> bool:
        return self.suspected_until is not None and now < self.suspected_until


@dataclass(frozen=True, kw_only=True)
class Incumbent:
    """Who serves a kind of task, and since when; for hysteresis. `order` is the chain in which it was chosen: who
    changes the chain wants to see it. Empty where that is not known."""

    provider: str
    since: float
    order: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Of the answers whose work was checked: how many, and the share that passed, the newest counting most."""

    checked: int
    share: float


UNSEEN = Circuit()


@dataclass(frozen=True, kw_only=True)
class WorkspaceView:
    """Everything that the choice of a provider is made from. `targets` holds the enabled providers by name, in the
    order of their making; `chains` are by task kind; `rules` are in the order in which they speak. `settings` is the
    workspace's document with every default filled in. `fallback` is the flag LOVABLE_FALLBACK_CHAIN as resolved for
    this workspace: off means the first enabled provider of a chain, then the emergency one. `circuits` are by name of
    provider and key, the key empty for the provider's own. `incumbents` are by task kind, `quality` by provider.
    `patterns` are the failure patterns of operators, compiled, for `classify`."""

    workspace_id: uuid.UUID
    config_version: int = 0
    health_version: int = 0
    targets: Mapping[str, Target] = field(default_factory=dict)
    chains: Mapping[str, ChainView] = field(default_factory=dict)
    rules: tuple[RuleView, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    fallback: bool = True
    circuits: Mapping[tuple[str, str], Circuit] = field(default_factory=dict)
    budgets: tuple[BudgetView, ...] = ()
    drills: tuple[DrillView, ...] = ()
    incumbents: Mapping[str, Incumbent] = field(default_factory=dict)
    quality: Mapping[str, Quality] = field(default_factory=dict)
    patterns: PatternSet | None = None

    def circuit(self, provider: str, key_name: str = "") -> Circuit:
        return self.circuits.get((provider, key_name), UNSEEN)

    def drill(self, provider: str, now: float) -> DrillView | None:
        """The drill that holds this provider at `now`."""
        for drill in self.drills:
            if drill.provider == provider and drill.since <= now < drill.until:
                return drill
        return None

    def pressure(self, *subjects: uuid.UUID | None) -> float:
        """The highest pressure of the workspace's own budgets and those of these projects and builds."""
        wanted = {self.workspace_id, *subjects}
        return max((budget.pressure for budget in self.budgets if budget.subject_id in wanted), default=0.0)
