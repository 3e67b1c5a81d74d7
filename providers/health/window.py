"""The recent calls of one provider: the last ten, five minutes by kind, and moving averages. Immutable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from providers.failures.kinds import TRAITS, FailureKind, Severity

KEPT = 20
MINUTES = 5
FAST, SUCCESS, SLOW, NOISE = 0.2, 0.1, 0.02, 0.01
RUN_IN_NOISE = 4  # an outage is no noise: of a run of failures only so many count as the provider's usual ones
FIRST_NOISE = 0.01
SEVERITY_WEIGHT = {
    Severity.NONE: 0.0,
    Severity.LOW: 0.25,
    Severity.MEDIUM: 0.5,
    Severity.HIGH: 0.75,
    Severity.CRITICAL: 1.0,
}
OK = ""


def counts_for_health(kind: FailureKind) -> bool:
    """Whether a failure says something about the provider (a cancelled call or a caller's fault does not)."""
    return TRAITS[kind].severity is not Severity.NONE


@dataclass(frozen=True, kw_only=True)
class Window:
    """`recent` holds the kinds of the last calls, oldest first, empty for a good one. `minutes` counts by minute since
    1970 and kind. `first_token_ms` and `success` are quick moving averages (EWMA), the `usual_` ones slow; `noise` is
    the usual share of failures, learned only from those that a good call followed. Moments are seconds since 1970."""

    recent: tuple[str, ...] = ()
    minutes: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    samples: int = 0
    success: float = 1.0
    usual_success: float = 1.0
    noise: float = FIRST_NOISE
    first_token_ms: float | None = None
    usual_first_token_ms: float | None = None
    consecutive_failures: int = 0
    slow_streak: int = 0
    last_error: str = ""
    last_error_at: float | None = None
    heard_at: float | None = None
    probed_at: float | None = None
    quality: float | None = None
    quality_samples: int = 0

    def with_success(self, at: float, first_token_ms: float | None = None, *, slow_ms: float = 30_000.0) -> Window:
        """A call that ended well. `slow_ms`: from which time to the first token on it was a slow one."""
        noise = self.noise
        for _ in range(min(self.consecutive_failures, RUN_IN_NOISE)):
            noise += NOISE * (1.0 - noise)
        slow = first_token_ms is not None and first_token_ms > slow_ms
        return replace(
            self._counted(at, OK, good=1.0),
            noise=noise * (1.0 - NOISE),
            first_token_ms=_moved(self.first_token_ms, first_token_ms, FAST),
            usual_first_token_ms=_moved(self.usual_first_token_ms, first_token_ms, SLOW),
            consecutive_failures=0,
            slow_streak=self.slow_streak + 1 if slow else 0,
        )

    def with_failure(self, at: float, kind: FailureKind, text: str = "") -> Window:
        """A call that failed. Kinds that say nothing about the provider change nothing but when it was heard."""
        if not counts_for_health(kind):
            return replace(self, heard_at=_later(self.heard_at, at))
        return replace(
            self._counted(at, kind.value, good=0.0),
            consecutive_failures=self.consecutive_failures + 1,
            last_error=text[:200] or kind.value,
            last_error_at=at,
        )

    def with_probe(self, at: float) -> Window:
        return replace(self, probed_at=_later(self.probed_at, at))

    def with_work(self, *, passed: bool) -> Window:
        """Whether the work that an answer led to passed its checks."""
        value = 1.0 if passed else 0.0
        quality = value if self.quality is None else self.quality + FAST * (value - self.quality)
        return replace(self, quality=quality, quality_samples=self.quality_samples + 1)

    def after_closing(self) -> Window:
        """As a provider starts again after an outage: what it failed with then is no reason against it now."""
        return replace(
            self,
            recent=(),
            success=self.usual_success,
            consecutive_failures=0,
            slow_streak=0,
            first_token_ms=self.usual_first_token_ms,
        )

    def failure_rate(self, over: int) -> float | None:
        """The share of failures in the last `over` calls; None while there are fewer."""
        if len(self.recent) < over:
            return None
        return sum(kind != OK for kind in self.recent[-over:]) / over

    def success_rate(self, over: int = 10) -> float:
        """The share of good calls in the last `over`; 1.0 where there was none."""
        last = self.recent[-over:]
        return sum(kind == OK for kind in last) / len(last) if last else 1.0

    def severity(self, over: int = 10) -> float:
        """How bad the last calls' failures are together: 0.0 none to 1.0 all critical."""
        last = self.recent[-over:]
        return sum(_weight(kind) for kind in last) / len(last) if last else 0.0

    def trend(self) -> float:
        """How far the recent success lies over (or, negative, under) the usual one."""
        return self.success - self.usual_success

    def counts(self, now: float, minutes: int = MINUTES) -> dict[str, int]:
        """Calls of the last minutes by kind; the key of the good ones is `ok`."""
        first = int(now // 60) - minutes + 1
        total: Counter[str] = Counter()
        for minute, kinds in self.minutes.items():
            if minute >= first:
                total.update({kind or "ok": number for kind, number in kinds.items()})
        return dict(total)

    def _counted(self, at: float, kind: str, *, good: float) -> Window:
        minute = int(at // 60)
        minutes = {key: kinds for key, kinds in self.minutes.items() if key > minute - MINUTES - 1}
        here = dict(minutes.get(minute, {}))
        here[kind] = here.get(kind, 0) + 1
        minutes[minute] = here
        return replace(
            self,
            recent=(*self.recent[1 - KEPT :], kind),
            minutes=minutes,
            samples=self.samples + 1,
            success=self.success + SUCCESS * (good - self.success),
            usual_success=self.usual_success + SLOW * (good - self.usual_success),
            heard_at=_later(self.heard_at, at),
        )


def _weight(kind: str) -> float:
    if kind == OK:
        return 0.0
    return SEVERITY_WEIGHT[TRAITS[FailureKind(kind)].severity]


def _moved(average: float | None, value: float | None, weight: float) -> float | None:
    if value is None or average is None:
        return average if value is None else value
    return average + weight * (value - average)


def _later(one: float | None, other: float) -> float:
    return other if one is None else max(one, other)
