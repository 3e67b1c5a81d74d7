"""When a child that ended is started again. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

FIRST_S = 1.0
MOST_S = 30.0
# One that held out this long was healthy: its next end counts as the first.
HEALTHY_S = 60.0
# So many ends in a row, none of them after a healthy time, are a defect that waiting does not cure.
GIVE_UP_AFTER = 6


@dataclass(frozen=True, slots=True)
class Backoff:
    """Ends in a row so far."""

    ends: int = 0

    def ended(self, *, after_s: float) -> Backoff:
        """The child ended `after_s` seconds after its start."""
        return Backoff(1) if after_s >= HEALTHY_S else replace(self, ends=self.ends + 1)

    @property
    def wait_s(self) -> float:
        """Seconds until the next start: 1, 2, 4 … 30."""
        return min(MOST_S, FIRST_S * 2.0 ** max(0, self.ends - 1))

    @property
    def hopeless(self) -> bool:
        return self.ends >= GIVE_UP_AFTER
