"""The end of the ladder: a person is asked, or the task ends."""

from __future__ import annotations

from recovery.choice.history import same_failure
from recovery.choice.kinds import is_logic
from recovery.situation import Option, Situation
from recovery.states import RequestReason, Source, Strategy


def end_of(situation: Situation, *, why: str, request: RequestReason | None) -> tuple[Option, RequestReason | None]:
    """A person is asked about data that does not agree, about logic that nothing repaired, and wherever the build
    cannot do without the task; but only once about the very same failure."""
    asked = any(one.strategy == Strategy.ASK_A_PERSON and same_failure(one, situation) for one in situation.history)
    if asked:
        return give_up(why, "A person was asked about this very failure already."), None
    if request is None:
        logic = is_logic(situation.failure_kind)
        if not logic and not situation.critical:
            return give_up(why, "The build can do without it."), None
        request = RequestReason.LOGIC_ERROR if logic else RequestReason.EXHAUSTED
    option = Option(
        strategy=Strategy.ASK_A_PERSON, source=Source.RULE, confidence=1.0, reasons=(why, f"{request.label}.")
    )
    return option, request


def give_up(*reasons: str) -> Option:
    return Option(strategy=Strategy.GIVE_UP, source=Source.RULE, confidence=1.0, reasons=reasons)
