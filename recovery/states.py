"""Words of recovery: strategies, where a choice came from, and the states of an attempt to recover."""

from __future__ import annotations

from django.db import models


class Strategy(models.TextChoices):
    """The six of seeds 004, and the two ends of its ladder: a person is asked, or the task ends."""

    RETRY_WITH_DIFFERENT_AGENT = "retry_with_different_agent", "Retry with a different agent"
    DECOMPOSE_INTO_SUBTASKS = "decompose_into_subtasks", "Decompose into subtasks"
    ALTERNATIVE_APPROACH = "alternative_approach", "Alternative approach"
    SKIP_WITH_FALLBACK = "skip_with_fallback", "Skip with a fallback"
    CONTEXT_RECONSTRUCTION = "context_reconstruction", "Reconstruct the context"
    RETRY_WITH_DELAY = "retry_with_delay", "Retry with a delay"
    ASK_A_PERSON = "ask_a_person", "Ask a person"
    GIVE_UP = "give_up", "Give up"


SIX = (
    Strategy.RETRY_WITH_DIFFERENT_AGENT,
    Strategy.DECOMPOSE_INTO_SUBTASKS,
    Strategy.ALTERNATIVE_APPROACH,
    Strategy.SKIP_WITH_FALLBACK,
    Strategy.CONTEXT_RECONSTRUCTION,
    Strategy.RETRY_WITH_DELAY,
)


class Source(models.TextChoices):
    """Who chose."""

    RULE = "rule", "A hard rule"
    LEARNED = "learned", "What worked before"
    MODEL = "model", "A model's opinion"
    HIERARCHY = "hierarchy", "The fallback hierarchy"
    PERSON = "person", "A person"


class Origin(models.TextChoices):
    """When: at the failure itself, in a batch, or because a member pressed a button."""

    IMMEDIATE = "immediate", "At once"
    BATCH = "batch", "In a batch"
    PERSON = "person", "By a member"


class RecoveryState(models.TextChoices):
    """PLANNED → APPLIED → RECOVERED (the task is done), RELAPSED (it failed again), EXHAUSTED (recovery gave up)."""

    PLANNED = "planned", "Planned"
    APPLIED = "applied", "Applied"
    RECOVERED = "recovered", "Recovered"
    RELAPSED = "relapsed", "Failed again"
    EXHAUSTED = "exhausted", "Exhausted"


RECOVERY_EDGES: dict[RecoveryState, frozenset[RecoveryState]] = {
    RecoveryState.PLANNED: frozenset({RecoveryState.APPLIED, RecoveryState.EXHAUSTED}),
    RecoveryState.APPLIED: frozenset({RecoveryState.RECOVERED, RecoveryState.RELAPSED, RecoveryState.EXHAUSTED}),
    # told recovered and failed again within the hour: the false positive of seeds 004
    RecoveryState.RECOVERED: frozenset({RecoveryState.RELAPSED}),
    RecoveryState.RELAPSED: frozenset(),
    RecoveryState.EXHAUSTED: frozenset(),
}


class RequestState(models.TextChoices):
    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    EXPIRED = "expired", "Nobody answered"
    WITHDRAWN = "withdrawn", "No longer needed"


class RequestReason(models.TextChoices):
    LOGIC_ERROR = "logic_error", "A logic error that no strategy repaired"
    DATA_CORRUPTION = "data_corruption", "Data that does not agree"
    QUARANTINED = "quarantined", "The task kills its worker"
    EXHAUSTED = "exhausted", "All strategies failed"
