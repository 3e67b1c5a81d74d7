"""How a request ends that nobody answered."""

from __future__ import annotations

from typing import ClassVar

from autodev.lib.errors import DomainError
from providers.failures.signal import Failure
from providers.routing.need import Attempt


class NoAnswer(DomainError):
    """Nobody answered. `failure` is what speaks best for the whole: the request's own fault where it has one, else the
    last provider's, None where nobody could be asked. `calls` are the attempts, `excluded` the reason for each provider
    that was not asked. `emergency` names the emergency provider of the chain where it makes work but no messages:
    whoever holds a job goes on with it. `retry_after_s`: in how many seconds somebody may be there again, where that
    is known. `away` are those that were not asked because their breaker is open, each with the kind of failure that
    opened it; `gates` names what held the others (`context`, `rule`, …, and `busy` where no room came free in time).
    """

    code: ClassVar[str] = "no_answer"
    status: ClassVar[int] = 503

    def __init__(
        self,
        message: str,
        *,
        failure: Failure | None = None,
        calls: tuple[Attempt, ...] = (),
        excluded: tuple[tuple[str, str], ...] = (),
        emergency: str = "",
        retry_after_s: float | None = None,
        away: tuple[tuple[str, str], ...] = (),
        gates: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.calls = calls
        self.excluded = excluded
        self.emergency = emergency
        self.retry_after_s = retry_after_s
        self.away = away
        self.gates = gates


class BudgetRefused(NoAnswer):
    """No provider of the chain, the cheapest included, fits into what may still be spent."""

    code: ClassVar[str] = "budget_exceeded"
    status: ClassVar[int] = 402


class StreamBroken(NoAnswer):
    """A stream whose text was already given broke off, and nobody could go on with it without a seam. What the caller
    has is not a whole answer."""

    code: ClassVar[str] = "stream_broken"
    status: ClassVar[int] = 502
