"""What follows a failed attempt: a pure function of the task's history."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

JITTER = 0.1
LAST_DELAY_S = 300.0
# The work did not fail by chance: trying again as before is refused at once.
HOPELESS = frozenset({"no_handler"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`retry` runs the task again in `delay_s` seconds; `give_up` ends it. `reason` is for a person."""

    action: Literal["retry", "give_up"]
    reason: str
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known: the failure's kind, how many attempts were spent of how many, and the fingerprints of all
    failures of the work, oldest first, the newest included."""

    kind: str
    attempts: int
    max_attempts: int
    fingerprints: Sequence[str]


def delay_after(attempt: int, *, base_s: float, rng: random.Random) -> float:
    """Seconds to wait after so many failures: base_s, doubled each time, at most 300, ± 10 % (exponential backoff)."""
    plain_s = min(LAST_DELAY_S, base_s * 2.0 ** max(0, attempt - 1))
    return plain_s * rng.uniform(1 - JITTER, 1 + JITTER)


def decide(history: History, *, base_s: float, rng: random.Random) -> Decision:
    """Up to `max_attempts` with growing waits; the same failure twice refuses the repetition."""
    if history.kind in HOPELESS:
        return Decision(action="give_up", reason="Nothing would change by trying again.")
    if history.attempts >= history.max_attempts:
        return Decision(action="give_up", reason=f"All {history.max_attempts} attempts failed.")
    newest = history.fingerprints[-1] if history.fingerprints else ""
    if newest and newest in history.fingerprints[:-1]:
        return Decision(action="give_up", reason="The same failure came twice; trying the same again is refused.")
    delay_s = delay_after(history.attempts, base_s=base_s, rng=rng)
    number = history.attempts + 1
    return Decision(action="retry", reason=f"Attempt {number} of {history.max_attempts}.", delay_s=delay_s)
