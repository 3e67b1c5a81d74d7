"""How long to wait: the ladder of seeds 004, or until a provider serves again."""

from __future__ import annotations

import random

from recovery.choice.history import waited_s
from recovery.situation import Situation

JITTER = 0.1
LAST_DELAY_S = 300.0
LEAST_DELAY_S = 1.0
# Less than this before the deadline, or of patience, is not worth a wait.
LEAST_ROOM_S = 10.0
# Tasks that wait for the same moment wake within a tenth of their wait after it, at least 2 s and at most 30 s.
LEAST_SPREAD_S, MOST_SPREAD_S = 2.0, 30.0
# So many times a provider's own word is believed before the ladder counts as well.
BELIEVED = 2
# Where there is no deadline: about a day of five minutes each.
MOST_WAITS = 288


def delay_after(count: int, *, base_s: float, rng: random.Random) -> float:
    """Seconds to wait after so many failures: base_s, doubled each time, at most 300, ± 10 % (exponential backoff)."""
    plain_s = min(LAST_DELAY_S, base_s * 2.0 ** min(30, max(0, count - 1)))
    return plain_s * rng.uniform(1 - JITTER, 1 + JITTER)


def delay_of(situation: Situation, *, base_s: float, rng: random.Random) -> float:
    """Seconds to wait after this failure. Never before `retry_at`, and spread after it, so that the tasks that wait for
    one provider do not wake at one instant. Waits count for what lies outside, attempts for all else."""
    if situation.failure_kind == "worker_lost":
        return 0.0
    count = situation.waits if situation.outside else situation.attempts
    if situation.retry_at is None:
        return delay_after(count, base_s=base_s, rng=rng)
    named_s = max(LEAST_DELAY_S, (situation.retry_at - situation.now).total_seconds())
    spread_s = min(MOST_SPREAD_S, max(LEAST_SPREAD_S, JITTER * named_s))
    delay_s = named_s + rng.uniform(0.0, spread_s)
    if count > BELIEVED:
        delay_s = max(delay_s, delay_after(count - BELIEVED, base_s=base_s, rng=rng))
    return delay_s


def room_s(situation: Situation, *, patience_s: float) -> float | None:
    """How long this task may still wait, in seconds: to the deadline, and where a fallback exists not longer than the
    patience that is left. None: as long as it takes."""
    bounds = [] if situation.left_s is None else [situation.left_s]
    if situation.outside and situation.fallbacks:
        bounds.append(patience_s - waited_s(situation.history))
    return min(bounds) if bounds else None


def wait_within(situation: Situation, delay_s: float, *, patience_s: float) -> tuple[float | None, str]:
    """The wait, and where there can be none, why. A wait that was only guessed is cut to the room there is, so that a
    last try is made before its end; one that a provider named is not."""
    if delay_s == 0.0:
        return 0.0, ""
    if situation.outside and situation.left_s is None and situation.waits > MOST_WAITS:
        return None, f"It has waited {MOST_WAITS} times, and nothing came back."
    room = room_s(situation, patience_s=patience_s)
    if room is None or delay_s < room:
        return delay_s, ""
    by_deadline = situation.left_s is not None and room == situation.left_s
    end = "the deadline" if by_deadline else "what a task with a fallback may wait"
    if room < LEAST_ROOM_S:
        return None, f"Another wait would go beyond {end}."
    if situation.retry_at is not None:
        return None, f"It could be served again only in {delay_s:.0f} s, which is beyond {end}."
    return (room / 2 if by_deadline else room), ""
