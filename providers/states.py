"""States of the records of `providers`, as pure tables."""

from __future__ import annotations

from django.db.models import TextChoices


class BreakerState(TextChoices):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CallState(TextChoices):
    """An orphan (RESERVED by a process that died) counts as spent at its reserved cost until it is swept to SETTLED."""

    RESERVED = "reserved"
    SETTLED = "settled"


class CallOutcome(TextChoices):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PARTIAL = "partial", "Broke off in the middle"
    ABANDONED = "abandoned", "Left by the caller, or its process died"


class CallPurpose(TextChoices):
    """`AGENT`: a run of an agent program; the model calls of that run are rows of their own (`GATEWAY`)."""

    JOB = "job"
    GATEWAY = "gateway"
    PROBE = "probe"
    AGENT = "agent"


class Strategy(TextChoices):
    PRIMARY_SECONDARY = "primary_secondary"
    ROUND_ROBIN = "round_robin"
    PERFORMANCE_BASED = "performance_based"
    COST_BASED = "cost_based"
    LEAST_LOADED = "least_loaded"


BREAKER_MOVES: dict[BreakerState, frozenset[BreakerState]] = {
    BreakerState.CLOSED: frozenset({BreakerState.OPEN}),
    BreakerState.OPEN: frozenset({BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED}),
    BreakerState.HALF_OPEN: frozenset({BreakerState.OPEN, BreakerState.CLOSED}),
}
