"""The calls that are under way in this process: lanes with their limits, doubts, turns, retry budgets.

It belongs to one event loop and is touched only there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from providers.failures.kinds import FailureKind, Severity
from providers.failures.signal import Failure
from providers.routing.limits import Lane
from providers.routing.local import Local
from providers.routing.retry import RetryBudget
from providers.targets import Key, Target

TRIAL_FIRST_S, TRIAL_MOST_S = 0.5, 8.0
REFUSALS, REFUSALS_S = 3, 60.0  # so many requests that did not fit, in so many seconds, are a rule and no accident
# Then one more such request goes there in its usual place, and a refusal, which costs little, renews it: the size was
# estimated here, and a gateway in between may have a larger model behind it by now.
OUTGROWN_S = 10.0
JUST_S = 15.0  # a failure that is longer ago does not belong to the one that is met now
DOUBTFUL = {Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL}
CONGESTED = {FailureKind.RATE_LIMIT, FailureKind.OVERLOADED}


@dataclass(slots=True)
class Pulse:
    """What this process saw of one provider last. After a failure with no sign of life since, it is in doubt: one call
    at a time goes there, at growing distances, while others can be asked. The shared breaker decides meanwhile; this
    keeps the rest of this process's calls from running into a wall that one of them has just found. A request of
    `outgrown_by` tokens or more asks the others first: it said of several in a row that so much does not fit."""

    under_way: int = 0
    failures: int = 0
    failed_at: float = 0.0
    trials: int = 0
    trial_at: float = 0.0
    refused: list[tuple[float, int]] = field(default_factory=list)
    outgrown_by: int = 0
    outgrown_until: float = 0.0

    def doubted(self, now: float) -> bool:
        return self.failures > 0 and (self.under_way > 0 or now < self.trial_at)

    def just_failed(self, now: float) -> bool:
        """Whether a call failed shortly before, with no sign of life since. Probes may have found it well meanwhile,
        which no call of this process has seen."""
        return self.failures > 0 and now - self.failed_at < JUST_S

    def outgrown(self, size: int, now: float) -> bool:
        return now < self.outgrown_until and size >= self.outgrown_by

    def too_large(self, size: int, now: float) -> None:
        """A request of `size` tokens did not fit. One refusal may be of that request alone."""
        recent = [(at, tokens) for at, tokens in self.refused if now - at < REFUSALS_S]
        self.refused = [*recent, (now, size)][-REFUSALS:]
        if len(self.refused) == REFUSALS:
            largest = max(tokens for _, tokens in self.refused)
            self.outgrown_by = min(largest, self.outgrown_by) if now < self.outgrown_until else largest
            self.outgrown_until = now + OUTGROWN_S

    def fitted(self, size: int) -> None:
        if self.refused:
            self.refused = [(at, tokens) for at, tokens in self.refused if tokens > size]
            self.outgrown_until = self.outgrown_until if size < self.outgrown_by else 0.0

    def alive(self) -> None:
        self.failures = self.trials = 0

    def failed(self, now: float, jitter: float, *, trial: bool) -> None:
        """`trial`: the call began while it was in doubt."""
        self.failures += 1
        self.failed_at = now
        self.trials += trial
        pause_s = min(TRIAL_MOST_S, TRIAL_FIRST_S * 2 ** min(self.trials, 10))
        self.trial_at = max(self.trial_at, now + pause_s * (0.5 + 0.5 * jitter))


@dataclass(slots=True)
class Traffic:
    """`prepared` are the kinds that have loaded what they need."""

    lanes: dict[tuple[str, ...], Lane] = field(default_factory=dict)
    pulses: dict[uuid.UUID, Pulse] = field(default_factory=dict)
    turns: dict[tuple[uuid.UUID, str], int] = field(default_factory=dict)
    budgets: dict[uuid.UUID, RetryBudget] = field(default_factory=dict)
    prepared: set[str] = field(default_factory=set)

    def lane(self, target: Target, key: Key | None, *, apart: bool = False) -> Lane:
        """Providers of several workspaces that reach the same model with the same key stand in one lane. `apart`: a
        call that meets a drill's fault, of which the others of the lane must feel nothing."""
        name = _name(target, key)
        if apart:
            name = (*name, "drill", str(target.workspace_id))
        found = self.lanes.get(name)
        if found is None:
            found = self.lanes[name] = Lane()
        return found

    def pulse(self, target: Target) -> Pulse:
        found = self.pulses.get(target.id)
        if found is None:
            found = self.pulses[target.id] = Pulse()
        return found

    def budget(self, workspace_id: uuid.UUID) -> RetryBudget:
        found = self.budgets.get(workspace_id)
        if found is None:
            found = self.budgets[workspace_id] = RetryBudget()
        return found

    def turn(self, workspace_id: uuid.UUID, chain: str) -> int:
        """The number of this choice of the chain, from 0."""
        number = self.turns.get((workspace_id, chain), 0)
        self.turns[workspace_id, chain] = number + 1
        return number

    def local(
        self,
        targets: Iterable[Target],
        now: float,
        *,
        turn: int,
        estimate: Callable[[Target], Decimal | None],
        speaks: Callable[[str], bool],
        size: int = 0,
    ) -> Local:
        """What a choice is made from beside the shared view; `size` is the request's, in tokens."""
        load: dict[str, float] = {}
        doubted: list[str] = []
        outgrown: list[Target] = []
        for target in targets:
            pulse = self.pulses.get(target.id)
            if pulse is not None and pulse.doubted(now):
                doubted.append(target.name)
            if pulse is not None and pulse.outgrown(size, now):
                outgrown.append(target)
            key = target.keys[0] if target.keys else None
            lane = self.lanes.get(_name(target, key)) if self.lanes else None
            if lane is not None and (lane.in_flight or lane.waiting):
                load[target.name] = lane.load(target.workspace_id, target.max_concurrency)
        return Local(
            turn=turn, load=load, doubted=frozenset(doubted), outgrown=_too_small(targets, outgrown), estimate=estimate,
            speaks=speaks,
        )  # fmt: skip

    def failed(
        self, target: Target, lane: Lane, failure: Failure, now: float, jitter: float, *, beside: int, trial: bool,
        size: int = 0,
    ) -> None:  # fmt: skip
        """`beside`: the calls under way when this one was sent, itself included. A trial of one in doubt says nothing
        about how many would be too many. `size`: the request's, in tokens."""
        if failure.kind is FailureKind.CONTEXT_WINDOW:
            self.pulse(target).too_large(size, now)
        if failure.kind in CONGESTED and not trial:
            lane.limit.on_congestion(now, beside)
        if failure.traits.severity in DOUBTFUL:
            self.pulse(target).failed(now, jitter, trial=trial)


def _too_small(targets: Iterable[Target], outgrown: Sequence[Target]) -> frozenset[str]:
    """Their names, and those of targets whose window is no larger."""
    if not outgrown:
        return frozenset()
    window = max((one.context_window or 0 for one in outgrown), default=0)
    smaller = {one.name for one in targets if one.context_window is not None and one.context_window <= window}
    return frozenset(smaller | {one.name for one in outgrown})


def _name(target: Target, key: Key | None) -> tuple[str, ...]:
    return target.kind, target.model, target.api_base, key.secret.mark if key is not None else ""
