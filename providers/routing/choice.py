"""An order of providers with the reason for each place: what a request follows, and what is stored with its
decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.targets import Key, Target


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One place of the order. `key` is the credential that is tried first. `closed` is false for one whose breaker is
    open and that is only asked where nobody else is left. `factors` are those of the decision matrix, 0 to 1, and
    `score` their weighted sum."""

    target: Target
    key: Key | None
    closed: bool
    score: float
    factors: Mapping[str, float]
    reason: str

    @property
    def name(self) -> str:
        return self.target.name

    @property
    def emergency(self) -> bool:
        return self.target.emergency


@dataclass(frozen=True, kw_only=True)
class Excluded:
    """One that is not asked: the gate that held it (`disabled`, `capability`, `context`, `key`, `breaker`, `budget`, …)
    and the reason in words. `until` is when that may be over, in seconds since the epoch."""

    name: str
    gate: str
    reason: str
    until: float | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The whole decision. `chain` is the task kind of the chain that spoke. `trigger` says why it is not the incumbent
    (`immediate`, `threshold`, `preventive`, `restored`, `override`, …), empty where nothing was switched."""

    chain: str
    strategy: str
    candidates: tuple[Candidate, ...]
    excluded: tuple[Excluded, ...] = ()
    previous: str = ""
    trigger: str = ""
    reason: str = ""
    inputs: Mapping[str, object] = field(default_factory=dict)
