"""Kinds of failure as recovery sees them, and what seeds 004 says a strategy is for."""

from __future__ import annotations

from collections.abc import Mapping

from providers.failures.kinds import FailureKind as K
from recovery.states import Strategy

# Trying again, in whatever way, would change nothing.
ENDS: Mapping[str, str] = {
    "no_handler": "No part of the program does tasks of this kind.",
    "invalid_input": "What was asked for cannot be done, whoever tries.",
    K.CANCELLED: "Somebody cancelled it.",
}
# Whoever refused once refuses again: a bad key, a missing right, a refusal, a model that is not there.
REFUSALS: Mapping[str, str] = {
    K.AUTHENTICATION: "its key was refused",
    K.PERMISSION: "its key has no right to this",
    K.CONTENT_POLICY: "it refuses this content",
    K.MODEL_NOT_FOUND: "its model does not exist",
}
# The same request would fail again, and for the first with everybody.
SAME_EVERYWHERE: Mapping[str, str] = {K.BAD_REQUEST: "The request itself is wrong; it would be refused again."}
SAME_AGAIN: Mapping[str, str] = {
    **SAME_EVERYWHERE,
    K.CONTEXT_WINDOW: "The same request would be too large again.",
    K.OUTPUT_LIMIT: "The same answer would be too long again.",
}
# Its worker died; the engine lets it go on by itself.
WORKER_LOST = "worker_lost"
# They pass by themselves.
TRANSIENT = frozenset({K.TIMEOUT, K.CONNECTION, K.RATE_LIMIT, K.OVERLOADED, K.UNAVAILABLE, K.QUOTA, "worker_lost"})
# Seeds 004, flow: recovered at the failure itself, no model is asked.
IMMEDIATE = TRANSIENT | {"no_progress", K.SANDBOX_ERROR}
# The answer was of no use, the one who gave it may be.
BAD_ANSWERS = frozenset({K.MALFORMED_ANSWER, K.EMPTY_ANSWER, K.TRUNCATED_STREAM, K.FRAMEWORK_ERROR, "tool"})
# Too much for one request.
TOO_LARGE = frozenset({K.CONTEXT_WINDOW, K.OUTPUT_LIMIT})
# The task's own surroundings are not what they were thought to be.
CONTEXT_LOST = frozenset(
    {
        "no_progress", "merge_conflict", "merge_contention", K.SANDBOX_ERROR, "missing_dependency", "context_lost",
        K.CONTEXT_WINDOW,
    }
)  # fmt: skip
DATA_CORRUPTION = "data_corruption"
# What providers and machines do; everything else is the work's own logic, which a person may have to look at.
OF_PROVIDERS = frozenset({*map(str, K), "worker_lost", "tool"}) - {K.CODE_ERROR}

# The success rates that seeds 004 claims, where its trigger for the strategy is met: a prior, no more.
CLAIMED: Mapping[Strategy, float] = {
    Strategy.RETRY_WITH_DIFFERENT_AGENT: 0.85,
    Strategy.DECOMPOSE_INTO_SUBTASKS: 0.78,
    Strategy.ALTERNATIVE_APPROACH: 0.82,
    Strategy.CONTEXT_RECONSTRUCTION: 0.75,
    Strategy.RETRY_WITH_DELAY: 0.90,
    Strategy.SKIP_WITH_FALLBACK: 1.0,
}
# Away from its trigger nothing is claimed; half of the rate keeps such a strategy below the usual threshold.
OFF_TRIGGER = 0.5
MANY_FAILURES = 2


def is_logic(kind: str) -> bool:
    """Whether the failure is one of the work itself."""
    return kind not in OF_PROVIDERS


def fits(strategy: Strategy, kind: str, *, attempts: int = 0, changed: bool = False) -> bool:
    """Whether the trigger that seeds 004 names for the strategy is met: agent failures, complex tasks with several
    failures, failures of the way chosen, lost context, transient failures."""
    logic = is_logic(kind)
    met = {
        Strategy.RETRY_WITH_DIFFERENT_AGENT: kind in BAD_ANSWERS | REFUSALS.keys() | TRANSIENT,
        Strategy.DECOMPOSE_INTO_SUBTASKS: kind in TOO_LARGE or (attempts >= MANY_FAILURES and logic),
        Strategy.ALTERNATIVE_APPROACH: logic and kind not in CONTEXT_LOST,
        Strategy.CONTEXT_RECONSTRUCTION: kind in CONTEXT_LOST or changed,
        Strategy.RETRY_WITH_DELAY: kind in TRANSIENT,
        Strategy.SKIP_WITH_FALLBACK: True,
    }
    return met.get(strategy, False)


def claimed(strategy: Strategy, kind: str, *, attempts: int = 0, changed: bool = False) -> float:
    """The success rate, between 0 and 1, expected before anything was learned."""
    rate = CLAIMED.get(strategy, 0.0)
    return rate if fits(strategy, kind, attempts=attempts, changed=changed) else rate * OFF_TRIGGER
