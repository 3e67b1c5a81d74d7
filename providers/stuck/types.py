"""What a turn of work came to, the signs that it leads nowhere, and what can be changed about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from providers.failures.kinds import FailureKind

# The failure of work that nobody could get out of its circle: the code is at fault, not whoever was asked.
NO_PROGRESS = FailureKind.CODE_ERROR


class Tactic(StrEnum):
    """In the order in which they are tried. SMALLER: only the first open problem is worked on. OTHER_MODEL: whoever
    worked is not asked again. BACK_TO_GREEN: the files go back to the best state that was measured. FRESH: a new
    conversation that begins with a summary of this one."""

    SMALLER = "smaller"
    OTHER_MODEL = "other_model"
    BACK_TO_GREEN = "back_to_green"
    FRESH = "fresh"


class Sign(StrEnum):
    SAME_FAILURE = "same_failure"
    SAME_COMMAND = "same_command"
    SAME_FILES = "same_files"
    SAME_STEP = "same_step"
    NO_NEW_GREEN = "no_new_green"
    NO_CHANGE = "no_change"


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What the checks said: `green` are the keys of those that passed, `errors` how many errors are left, `failure` the
    signature of what is red (empty where nothing is), `first` its first line for a person."""

    green: frozenset[str] = frozenset()
    errors: int = 0
    failure: str = ""
    first: str = ""

    @property
    def ok(self) -> bool:
        return not self.failure


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One turn. `tokens`: those that it used, input and output. `files`: what tells the state of the files from other
    states (`diff_hash`); empty where they are as before. `did`: what tells its calls together with their answers
    (`step_hash`); empty where it called nothing. `failed`: the signatures of commands that failed in it
    (`failure_signature`). `checks`: where they ran."""

    tokens: int = 0
    files: str = ""
    did: str = ""
    failed: tuple[str, ...] = ()
    checks: Checks | None = None


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """`fingerprint` is equal for the same circle; `reason` is a sentence for a person."""

    sign: Sign
    fingerprint: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """The change of tactic that a circle leads to; `tactic` is None where none is left, and `refused` then says of
    each one why it is not tried."""

    tactic: Tactic | None
    sign: Sign
    fingerprint: str
    reason: str
    refused: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "tactic": self.tactic.value if self.tactic is not None else "", "sign": self.sign.value,
            "fingerprint": self.fingerprint, "reason": self.reason, "refused": dict(self.refused),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Change:
        return cls(
            tactic=Tactic(data["tactic"]) if data["tactic"] else None, sign=Sign(data["sign"]),
            fingerprint=data["fingerprint"], reason=data["reason"], refused=dict(data["refused"]),
        )  # fmt: skip
