"""One budget of time for the whole chain, and the limits of one attempt within it. Seconds of the loop's clock."""

from __future__ import annotations

from dataclasses import dataclass

from providers.targets import Capability, Target

PATIENCE_S = 10.0  # how long a silent provider is waited for where another one stands ready
READING_S = 1.0 / 5_000  # a token more to read before the first one comes


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """`at` is the end of the request on the loop's clock."""

    at: float

    def left_s(self, now: float) -> float:
        return max(0.0, self.at - now)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Moments on the loop's clock. `first_token_s` is what may pass before the first piece, `stall_s` between two."""

    first_token_at: float
    first_token_s: float
    stall_s: float
    end_at: float


def limits_of(
    target: Target, deadline: Deadline, now: float, *, alternative: bool, input_tokens: int, patience_s: float
) -> Limits:
    """The limits of an attempt that begins now. A provider's own first-token limit holds where it is the last one;
    where an `alternative` stands ready, patience ends it sooner, a long input and a model that thinks apart."""
    first_token_s = target.deadlines.first_token_s
    if alternative and Capability.REASONING not in target.capabilities:
        first_token_s = min(first_token_s, patience_s + input_tokens * READING_S)
    end_at = min(deadline.at, now + target.deadlines.total_s)
    return Limits(
        first_token_at=min(end_at, now + first_token_s),
        first_token_s=first_token_s,
        stall_s=target.deadlines.stall_s,
        end_at=end_at,
    )
