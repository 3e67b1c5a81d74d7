"""What follows a failed attempt: the same provider once more, another of its keys, the next provider, or the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from providers.failures.kinds import FailureKind, Whom
from providers.failures.signal import Failure

BASE_S, CAP_S = 0.25, 8.0
SHORT_WAIT_S = 3.0  # a named time up to this is waited for by one caller, as its own confirming probe
LONG_WAIT_S = 60.0  # the longest wait for a provider to come back where nobody else is left
JITTER = 0.1
FLOOR_S = 10.0  # so many seconds bring the floor of a retry budget back

# One more try tells an outage from a hiccup. A silence (timeout) is left after the first.
HICCUPS = {FailureKind.UNAVAILABLE, FailureKind.CONNECTION}
WAITS = {FailureKind.RATE_LIMIT, FailureKind.OVERLOADED, FailureKind.UNAVAILABLE}
# The next one must be larger than the one that failed.
LARGER = {FailureKind.CONTEXT_WINDOW, FailureKind.OUTPUT_LIMIT}


class Step(StrEnum):
    AGAIN = "again"
    KEY = "key"
    NEXT = "next"
    STOP = "stop"


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """`wait_s` before it, full jitter or what the provider asked for."""

    step: Step
    wait_s: float = 0.0
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """`others`: closed providers not asked yet, the emergency one apart. `attempts_left`: paid ones. `other_key`: this
    provider has another good key. `alone`: no other call is under way there, and it had not failed just before; then
    one more try by this caller is the confirming probe. `given`: a part of the answer is with the caller."""

    failure: Failure
    others: int
    attempts_left: int
    other_key: bool
    alone: bool
    given: bool
    left_s: float
    reroutes_refusals: bool
    emergency: bool = False


def next_step(now: Situation, jitter: float) -> Next:
    """`jitter` is a random number from 0 up to 1."""
    failure, whom = now.failure, now.failure.traits.whom
    if failure.kind is FailureKind.CONTENT_POLICY and not now.reroutes_refusals:
        return Next(step=Step.STOP, reason="a refusal is the caller's to know")
    if whom is Whom.NOBODY:
        return Next(step=Step.STOP, reason="nobody else would do better")
    if now.attempts_left < 1:
        # The emergency provider is not paid; who is left of the others is not asked.
        return Next(step=Step.NEXT if now.emergency else Step.STOP, reason="no paid attempt is left")
    if whom is Whom.OTHER_KEY and now.other_key and not now.given:
        return Next(step=Step.KEY, reason="another key of the same provider")
    again = _again(now, jitter)
    if again is not None:
        return again
    return Next(step=Step.NEXT)


def _again(now: Situation, jitter: float) -> Next | None:
    """The same provider once more: for a hiccup or a short wait by one caller, and for longer where nobody else is
    left. One attempt stays for each of the others, so that a try here takes nobody's turn."""
    failure, asked_s = now.failure, now.failure.retry_after_s
    if now.given or now.attempts_left <= now.others or failure.kind is FailureKind.TIMEOUT:
        return None
    if failure.kind in WAITS and asked_s is not None:
        wait_s = asked_s * (1.0 + JITTER * jitter) + 0.01
        longest_s = SHORT_WAIT_S * (1.0 + JITTER) + 0.01 if now.others else LONG_WAIT_S
        patient = now.alone or not now.others
        if patient and wait_s <= min(longest_s, now.left_s):
            return Next(step=Step.AGAIN, wait_s=wait_s, reason=f"it asked to wait {asked_s:g} s")
        return None
    if failure.kind in HICCUPS and now.alone and now.others:
        return Next(step=Step.AGAIN, wait_s=BASE_S * jitter, reason="one more try tells an outage from a hiccup")
    if (
        not now.others
        and not now.emergency
        and failure.traits.whom in {Whom.OTHER_PROVIDER, Whom.OTHER_MODEL, Whom.OTHER_KEY}
    ):
        return _last_one(now, jitter)
    return None


def _last_one(now: Situation, jitter: float) -> Next | None:
    """Nobody else is left: again after a wait with full jitter, where time can help at all."""
    if now.failure.kind not in {
        *HICCUPS,
        *WAITS,
        FailureKind.MALFORMED_ANSWER,
        FailureKind.EMPTY_ANSWER,
        FailureKind.TRUNCATED_STREAM,
        FailureKind.UNKNOWN,
    }:
        return None
    wait_s = backoff_s(3 - now.attempts_left, jitter)
    if wait_s > now.left_s:
        return None
    return Next(step=Step.AGAIN, wait_s=wait_s, reason="nobody else is left")


def backoff_s(attempt: int, jitter: float) -> float:
    """Full jitter: anything from 0 up to a limit that doubles with each attempt (from 0)."""
    return jitter * min(CAP_S, BASE_S * 2.0 ** max(0, attempt))


@dataclass(slots=True)
class RetryBudget:
    """Tries at the same provider are at most a tenth of the requests, and `floor` in `FLOOR_S` seconds beside, so that
    somebody with few requests has them too: when everything fails, more would only double the load. One for each
    workspace and process. `now` is in seconds of the loop's clock."""

    share: float = 0.1
    floor: float = 3.0
    most: float = 30.0
    tokens: float = field(default=3.0)
    refilled_at: float = field(default=0.0)

    def earn(self) -> None:
        """A request was made."""
        self.tokens = min(self.most, self.tokens + self.share)

    def spend(self, now: float) -> bool:
        """Whether one may be made; it is then counted."""
        if self.tokens < self.floor:
            self.tokens = min(self.floor, self.tokens + (now - self.refilled_at) * self.floor / FLOOR_S)
        self.refilled_at = now
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True
