"""Where nothing is tried any more, or nothing but a fallback."""

from __future__ import annotations

from collections.abc import Mapping

from providers.failures.kinds import FailureKind
from recovery.choice.history import tried_percents
from recovery.choice.kinds import DATA_CORRUPTION, ENDS
from recovery.choice.rules.types import Ruling
from recovery.situation import Situation
from recovery.states import RequestReason, Strategy

FALLBACK = (Strategy.SKIP_WITH_FALLBACK,)
MOST_CRASHES = 3
NO_WAY: Mapping[str, str] = {
    "no_alternative": "There is no other way of the kind that was asked for.",
    "no_fallback": "Nothing that was made so far can stand in.",
}


def pointless(situation: Situation) -> Ruling | None:
    """No handler, wrong input, cancelled."""
    why = ENDS.get(situation.failure_kind)
    return Ruling(why=why, strategies=(Strategy.GIVE_UP,), firm=True) if why else None


def deadline_passed(situation: Situation) -> Ruling | None:
    if situation.left_s is None or situation.left_s > 0:
        return None
    return Ruling(why="The build's deadline has passed.", strategies=(Strategy.GIVE_UP,), firm=True)


def corrupt_data(situation: Situation) -> Ruling | None:
    """Seeds 004: requires manual data validation."""
    if situation.failure_kind != DATA_CORRUPTION:
        return None
    return Ruling(
        why="Data does not agree; a person has to say which is right.",
        firm=True,
        request=RequestReason.DATA_CORRUPTION,
    )


def killed_its_worker(situation: Situation) -> Ruling | None:
    """DESIGN: three times, then nobody runs it again unasked. Before that it goes on from its last step."""
    if situation.failure_kind != "worker_lost":
        return None
    if situation.crashes >= MOST_CRASHES:
        return Ruling(
            why=f"It killed its worker {situation.crashes} times.", firm=True, request=RequestReason.QUARANTINED
        )
    return Ruling(
        why="Its worker was lost; it goes on from its last step.",
        strategies=(Strategy.RETRY_WITH_DELAY,),
        firm=True,
    )


def fallback_failed(situation: Situation) -> Ruling | None:
    """The ladder is not climbed back."""
    if not tried_percents(situation.history):
        return None
    return Ruling(why="A fallback was begun and failed; only a smaller one is left.", strategies=FALLBACK, firm=True)


def attempts_spent(situation: Situation) -> Ruling | None:
    """The fallbacks need no attempt left: they are the last two rungs."""
    if situation.attempts < situation.max_attempts:
        return None
    return Ruling(why=f"All {situation.max_attempts} attempts failed.", strategies=FALLBACK, firm=True)


def money_spent(situation: Situation) -> Ruling | None:
    if situation.failure_kind != FailureKind.BUDGET:
        return None
    return Ruling(why="The money for it is spent; only what costs nothing is left.", strategies=FALLBACK, firm=True)


def no_way_left(situation: Situation) -> Ruling | None:
    """What recovery asked for is not there: another way where one is left, else a fallback."""
    why = NO_WAY.get(situation.failure_kind)
    if why is None:
        return None
    return Ruling(why=why, strategies=(Strategy.ALTERNATIVE_APPROACH, *FALLBACK), firm=True)
