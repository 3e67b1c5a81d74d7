"""The scenarios: which fault, and what must hold. Checks are those that were published, in its order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

OK, NO_PREFILL = "fb-ok", "fb-ok-noprefill"
OVERLOADED: Final = "text=The engine is currently overloaded. Please try again later."


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """Seconds. `FULL` is the published profile, `SHORT` keeps a test quick."""

    first_token_s: float
    down_s: float
    requests: int
    interval_s: float
    token_s: float
    answered_in_s: float
    silent_in_s: float
    stalled_in_s: float
    back_in_s: float


FULL: Final = Timing(
    first_token_s=20.0,
    down_s=60.0,
    requests=20,
    interval_s=4.0,
    token_s=0.015,
    answered_in_s=15.0,
    silent_in_s=100.0,
    stalled_in_s=45.0,
    back_in_s=30.0,
)
SHORT: Final = Timing(
    first_token_s=6.0,
    down_s=3.0,
    requests=16,
    interval_s=0.5,
    token_s=0.001,
    answered_in_s=5.0,
    silent_in_s=10.0,
    stalled_in_s=10.0,
    back_in_s=5.0,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """`fault` in the lab's words. `longest_s`: a call that takes longer hangs. Attempts are those that reach the
    primary; `gap_s` lies between its first two, `burst` is (so many at most, in so many seconds)."""

    id: str
    model: str
    fault: str
    longest_s: float
    fallback: str = OK
    error_wanted: bool = False
    least: int = 0
    most: int | None = None
    gap_s: float = 0.0
    burst: tuple[int, float] | None = None
    within_s: float | str | None = None
    alive: bool = False
    usage: bool = False
    names_fallback: bool = False
    flaps: bool = False
    notes: str = field(default="")

    def limit_s(self, timing: Timing) -> float | None:
        """How long the call may take; a name is that of a Timing's field."""
        return getattr(timing, self.within_s) if isinstance(self.within_s, str) else self.within_s


SCENARIOS: Final = (
    Scenario(
        id="S01", model="fb-s01-429-retry-after", fault="429; retry_after_s=2; times=1", longest_s=20,
        least=2, gap_s=1.8, burst=(2, 1.5), notes="429 with Retry-After",
    ),
    Scenario(
        id="S02", model="fb-s02-429-persistent", fault="429", longest_s=40, burst=(4, 3.0), most=6,
        notes="429 without Retry-After, always",
    ),
    Scenario(id="S03", model="fb-s03-500-then-200", fault="500; times=1", longest_s=20, least=2, notes="500 once"),
    Scenario(
        id="S04", model="fb-s04-503-persistent", fault=f"503; {OVERLOADED}", longest_s=40, most=6, notes="503, always"
    ),
    Scenario(id="S05", model="fb-s05-reset", fault="reset; times=1", longest_s=20, notes="connection reset once"),
    Scenario(
        id="S06", model="fb-s06-no-response", fault="hang", longest_s=130, within_s="silent_in_s", most=1,
        notes="no response at all",
    ),
    Scenario(
        id="S07", model="fb-s07-slow-ttft", fault="late", longest_s=60, within_s="answered_in_s",
        notes="slow first token",
    ),
    Scenario(
        id="S08", model="fb-s08-stream-cut", fault="stream_cut; after=40", longest_s=40, notes="stream cut half-way"
    ),
    Scenario(
        id="S09", model="fb-s09-stream-stall", fault="stream_hang; after=20", longest_s=70, within_s="stalled_in_s",
        alive=True, notes="stream goes silent",
    ),
    Scenario(
        id="S10", model="fb-s10-malformed-chunk", fault="malformed_chunk; after=10", longest_s=30, alive=True,
        notes="malformed chunk",
    ),
    Scenario(
        id="S11", model="fb-s11-no-done", fault="no_terminator", longest_s=30, within_s=8.0, usage=True,
        notes="stream without [DONE]",
    ),
    Scenario(
        id="S12", model="fb-s12-context-length", fault="context", longest_s=20, least=1, most=1,
        notes="context length exceeded",
    ),
    Scenario(
        id="S13", model="fb-s13-content-filter", fault="content_policy", longest_s=20, error_wanted=True, least=1,
        most=1, notes="content filter",
    ),
    Scenario(
        id="S14", model="fb-s14-stream-cut", fault="stream_cut; after=40", longest_s=40, fallback=NO_PREFILL,
        notes="stream cut, fallback takes no prefill",
    ),
    Scenario(
        id="S15", model="fb-s15-flap", fault=f"503; {OVERLOADED}", longest_s=30, flaps=True,
        notes="down, then healthy",
    ),
    Scenario(
        id="S16", model="fb-s16-503-persistent", fault=f"503; {OVERLOADED}", longest_s=40, most=6, usage=True,
        names_fallback=True, notes="accounting of a failover",
    ),
)  # fmt: skip
MODELS: Final = (OK, NO_PREFILL, *(one.model for one in SCENARIOS))
