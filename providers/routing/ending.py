"""The words with which a request ends that nobody answered."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from providers.failures.kinds import Severity
from providers.failures.signal import Failure
from providers.live.view import WorkspaceView
from providers.routing.choice import Candidate, Choice
from providers.routing.errors import BudgetRefused, NoAnswer
from providers.routing.need import Attempt


def no_answer(
    *,
    view: WorkspaceView,
    choice: Choice,
    attempts: Sequence[Attempt],
    now: float,
    budget: str = "",
    busy: bool = False,
) -> NoAnswer:
    """`now` is in seconds since the epoch. `budget` names the one that refused, `busy`: no room came free in time."""
    excluded = tuple((one.name, one.reason) for one in choice.excluded)
    failure = telling(attempts)
    error = NoAnswer
    if failure is not None:
        message = f"No provider answered. {_who(attempts)}: {failure.message}"
    elif budget:
        error, message = BudgetRefused, f"The budget of the {budget} does not allow this call."
    elif busy:
        message = "All providers of this chain were busy until the deadline."
    else:
        shut = [(one.name, one.reason) for one in choice.candidates if not one.closed]
        why = "; ".join(f"{name} {reason}" for name, reason in (*shut, *excluded))
        message = f"No provider can be asked{': ' + why if why else '; the chain is empty'}."
    return error(
        message,
        failure=failure,
        calls=tuple(attempts),
        excluded=excluded,
        emergency=next((one.name for one in choice.excluded if _emergency(view, one.name)), ""),
        retry_after_s=_back_in_s(choice, attempts, now),
        away=tuple((one.name, _opened_by(view, one)) for one in choice.candidates if not one.closed),
        gates=frozenset({*(one.gate for one in choice.excluded), *(["busy"] if busy else [])}),
    )


def telling(attempts: Sequence[Attempt]) -> Failure | None:
    """The failure that speaks best for the whole: one that is about the request itself before one that is about a
    provider, and of these the last."""
    failures = [one.failure for one in attempts if one.failure is not None]
    of_request = [one for one in failures if one.traits.severity is Severity.NONE]
    return next(iter([*reversed(of_request), *reversed(failures)]), None)


def cost_of(attempts: Sequence[Attempt]) -> Decimal:
    return sum((one.cost_usd for one in attempts), Decimal(0))


def _who(attempts: Sequence[Attempt]) -> str:
    return ", ".join(dict.fromkeys(one.provider for one in attempts))


def _emergency(view: WorkspaceView, name: str) -> bool:
    target = view.targets.get(name)
    return target is not None and target.emergency


def _opened_by(view: WorkspaceView, one: Candidate) -> str:
    """The kind of failure that opened the provider's breaker, or that of the key it would be asked with."""
    own = view.circuit(one.name)
    if own.closed and one.key is not None:
        own = view.circuit(one.name, one.key.name)
    return own.failure_kind


def _back_in_s(choice: Choice, attempts: Sequence[Attempt], now: float) -> float | None:
    """The soonest moment at which somebody may be there again."""
    ends = [*(one.until for one in choice.excluded), *(one.until for one in choice.candidates)]
    moments = [until - now for until in ends if until is not None]
    moments += [one.failure.retry_after_s for one in attempts if one.failure and one.failure.retry_after_s is not None]
    return max(0.0, min(moments)) if moments else None
