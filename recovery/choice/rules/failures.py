"""What follows from the kind of failure."""

from __future__ import annotations

from collections.abc import Mapping

from providers.failures.kinds import FailureKind
from recovery.choice.kinds import BAD_ANSWERS, REFUSALS, TRANSIENT
from recovery.choice.rules.types import Ruling
from recovery.situation import Situation
from recovery.states import Strategy


def refused(situation: Situation) -> Ruling | None:
    """Who refused is left out; another may do it."""
    why = REFUSALS.get(situation.failure_kind)
    if why is None:
        return None
    who = situation.provider or "The provider"
    return Ruling(why=f"{who} is not asked again: {why}.", strategies=(Strategy.RETRY_WITH_DIFFERENT_AGENT,))


def outside(situation: Situation) -> Ruling | None:
    """Another provider is tried before a wait; a wait before a fallback."""
    if not situation.outside:
        return None
    return Ruling(
        why="Something outside is away: another provider first, then a wait, at the end a fallback.",
        strategies=(Strategy.RETRY_WITH_DIFFERENT_AGENT, Strategy.RETRY_WITH_DELAY, Strategy.SKIP_WITH_FALLBACK),
        firm=True,
    )


def passes_by_itself(situation: Situation) -> Ruling | None:
    """A timeout or a lost connection that spent an attempt."""
    if situation.failure_kind not in TRANSIENT:
        return None
    return Ruling(
        why="Such a failure passes by itself.",
        strategies=(Strategy.RETRY_WITH_DIFFERENT_AGENT, Strategy.RETRY_WITH_DELAY),
    )


FIRST: Mapping[str, Ruling] = {
    FailureKind.CONTEXT_WINDOW: Ruling(
        why="The request was too large: smaller parts, or a context without what is not needed.",
        strategies=(Strategy.DECOMPOSE_INTO_SUBTASKS, Strategy.CONTEXT_RECONSTRUCTION),
        ordered=False,
    ),
    FailureKind.OUTPUT_LIMIT: Ruling(
        why="The answer was too long for one: smaller parts, or somebody who may write more.",
        strategies=(Strategy.DECOMPOSE_INTO_SUBTASKS, Strategy.RETRY_WITH_DIFFERENT_AGENT),
        ordered=False,
    ),
    "no_progress": Ruling(
        why="It ran without progress: begun anew, told what was done so far.",
        strategies=(Strategy.CONTEXT_RECONSTRUCTION,),
    ),
    "merge_conflict": Ruling(
        why="Other work was merged meanwhile: done again on the new head.",
        strategies=(Strategy.CONTEXT_RECONSTRUCTION,),
    ),
    "merge_contention": Ruling(
        why="The head kept moving: a little later, else on the new head.",
        strategies=(Strategy.RETRY_WITH_DELAY, Strategy.CONTEXT_RECONSTRUCTION),
    ),
    FailureKind.SANDBOX_ERROR: Ruling(
        why="The sandbox broke: a new one, with the workspace as the commits say.",
        strategies=(Strategy.CONTEXT_RECONSTRUCTION, Strategy.RETRY_WITH_DELAY),
    ),
    "missing_dependency": Ruling(
        why="What it builds on is missing: verified and made again.", strategies=(Strategy.CONTEXT_RECONSTRUCTION,)
    ),
    "context_lost": Ruling(why="Its context was lost: built anew.", strategies=(Strategy.CONTEXT_RECONSTRUCTION,)),
    **dict.fromkeys(
        sorted(BAD_ANSWERS),
        Ruling(
            why="The answer was of no use: somebody else, then another way.",
            strategies=(Strategy.RETRY_WITH_DIFFERENT_AGENT, Strategy.ALTERNATIVE_APPROACH),
        ),
    ),
}


def of_its_kind(situation: Situation) -> Ruling | None:
    return FIRST.get(situation.failure_kind)
