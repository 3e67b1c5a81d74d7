"""The last calls of a provider as bars: pure geometry for an inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from providers.models import Call
from providers.states import CallOutcome

KEPT = 30
STEP, BAR, HEIGHT = 8, 6, 32
LEAST = 3
GOOD, BAD, PROBE = "good", "bad", "probe"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """In units of the picture. `tone` is `good`, `bad` or `probe`."""

    x: int
    y: int
    height: int
    tone: str


@dataclass(frozen=True, kw_only=True)
class Sparkline:
    """`told` is the same in words, for who cannot see it."""

    bars: tuple[Bar, ...]
    told: str
    width: int = KEPT * STEP
    height: int = HEIGHT


def sparkline(calls: Sequence[Call]) -> Sparkline:
    """`calls` are the newest first; the newest stands at the right. A bar is as high as the call was slow to its first
    token, beside the slowest one; a failed call has the whole height."""
    shown = list(reversed(calls[:KEPT]))
    failed = sum(call.outcome in (CallOutcome.FAILED, CallOutcome.PARTIAL) for call in shown)
    slowest = max((_ms(call) for call in shown), default=0)
    first = KEPT - len(shown)
    bars = tuple(_bar(call, STEP * (first + number), slowest) for number, call in enumerate(shown))
    told = f"The last {len(shown)} calls: {len(shown) - failed} good, {failed} failed; the slowest took {slowest} ms."
    return Sparkline(bars=bars, told=told if shown else "No calls yet.")


def _bar(call: Call, x: int, slowest: int) -> Bar:
    if call.outcome in (CallOutcome.FAILED, CallOutcome.PARTIAL):
        return Bar(x=x, y=0, height=HEIGHT, tone=BAD)
    height = max(LEAST, round(HEIGHT * _ms(call) / slowest)) if slowest else LEAST
    return Bar(x=x, y=HEIGHT - height, height=height, tone=PROBE if call.purpose == "probe" else GOOD)


def _ms(call: Call) -> int:
    return call.first_token_ms or call.total_ms or 0
