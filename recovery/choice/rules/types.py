"""What a hard rule says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from recovery.choice.applicable import Candidate
from recovery.situation import Situation
from recovery.states import RequestReason, Strategy

Candidates = Mapping[Strategy, Candidate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Only `strategies` are taken; where `ordered`, the first that is possible, else what was learned chooses among
    them. A `firm` rule leads to the end of the ladder where none of them is possible, any other lets the rest be
    looked at, and gives way to much evidence that it does not help. `request` is the reason for which a person is
    asked at that end."""

    why: str
    strategies: tuple[Strategy, ...] = ()
    ordered: bool = True
    firm: bool = False
    request: RequestReason | None = None


Rule = Callable[[Situation], Ruling | None]
