"""A request that no model answered, as the failure of a job: whose fault it is, and whether time alone may heal it."""

from __future__ import annotations

from typing import Any

from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.routing.errors import BudgetRefused, NoAnswer

# Away for a while: whoever waits may find them there again.
OUTSIDE = frozenset({
    FailureKind.QUOTA, FailureKind.RATE_LIMIT, FailureKind.OVERLOADED, FailureKind.UNAVAILABLE, FailureKind.CONNECTION,
    FailureKind.TIMEOUT,
})  # fmt: skip
# Until a person changes something: where another one of the chain is merely away, that says more.
SET_UP = frozenset({
    FailureKind.AUTHENTICATION, FailureKind.PERMISSION, FailureKind.MODEL_NOT_FOUND, FailureKind.BUDGET,
})  # fmt: skip


def failure_of(error: NoAnswer) -> ProviderFailure:
    """A chain in which no model can be asked is no failure: it is not set up. Of several failures the one counts that
    the routing names, but an outage before a bad key: waiting helps against the one and not against the other."""
    failure = _telling(error)
    details = _details(error)
    if failure is not None:
        outside = failure.kind in OUTSIDE
        return ProviderFailure(
            str(failure.kind), error.message, outside=outside, provider=_who(error, failure), details=details,
            retry_after_s=error.retry_after_s if outside else None,
        )  # fmt: skip
    return _nobody_asked(error, details)


def _nobody_asked(error: NoAnswer, details: dict[str, Any]) -> ProviderFailure:
    if isinstance(error, BudgetRefused) or "budget" in error.gates:
        return ProviderFailure("budget", error.message, details=details)
    if error.away:
        return _open(error, details)
    if "busy" in error.gates:
        return ProviderFailure("overloaded", error.message, outside=True, details=details)
    if "context" in error.gates:
        return ProviderFailure("context_window", error.message, details=details)
    reasons = "; ".join(f"{name}: {why}" for name, why in error.excluded)
    return NotForThisJob(f"no model can be asked{f' ({reasons})' if reasons else ''}", details=details)


def _telling(error: NoAnswer) -> Failure | None:
    if error.failure is None or error.failure.kind not in SET_UP:
        return error.failure
    away = [one.failure for one in error.calls if one.failure is not None and one.failure.kind in OUTSIDE]
    return away[-1] if away else error.failure


def _who(error: NoAnswer, failure: Failure) -> str:
    """Who failed with it; the last that was asked where that is not told."""
    return next(
        (one.provider for one in reversed(error.calls) if one.failure is failure),
        error.calls[-1].provider if error.calls else "",
    )


def _open(error: NoAnswer, details: dict[str, Any]) -> ProviderFailure:
    """Nobody was asked, because all breakers are open; what opened them says whether waiting helps."""
    name, kind = next(((name, kind) for name, kind in error.away if kind in OUTSIDE), error.away[0])
    outside = not kind or kind in OUTSIDE
    return ProviderFailure(
        kind or "unavailable", error.message, outside=outside, provider=name, details=details,
        retry_after_s=error.retry_after_s if outside else None,
    )  # fmt: skip


def _details(error: NoAnswer) -> dict[str, Any]:
    """Who was asked and failed with what; who was not asked, and why."""
    asked = [{"provider": one.provider, "kind": str(one.failure.kind)} for one in error.calls if one.failure]
    asked += [{"provider": name, "kind": kind} for name, kind in error.away]
    return {"asked": asked, "not_asked": dict(error.excluded)}
