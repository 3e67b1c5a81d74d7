"""Whether work is stuck, told by its outcome and not by its words; and what is tried then. Pure: no clock, no I/O.

    judge = StuckJudge()
    stuck = judge.saw(Observation(tokens=1200, files=diff_hash(diff), checks=checks_of(report)))  # after each turn
    if stuck is not None:
        change = judge.tactic_for(stuck, can={Tactic.OTHER_MODEL, Tactic.FRESH})
        # journal `change.as_json()` as a step of kind TACTIC with the title `change.reason`, then
        judge.changed(change)
        if change.tactic is None:       # all were tried: end the work with NO_PROGRESS, details {"stuck": as_json()}
            ...

The judge is a function of what it saw: fed with the same observations and changes again, after a restart, it stands
where it stood. A recorded change is given back with `Change.from_json`, so that what was possible then counts.
"""

from providers.stuck.judge import Limits, StuckJudge
from providers.stuck.signature import checks_of, diff_hash, failure_signature, step_hash
from providers.stuck.types import NO_PROGRESS, Change, Checks, Observation, Sign, Stuck, Tactic

__all__ = [
    "NO_PROGRESS", "Change", "Checks", "Limits", "Observation", "Sign", "Stuck", "StuckJudge", "Tactic", "checks_of",
    "diff_hash", "failure_signature", "step_hash",
]  # fmt: skip
