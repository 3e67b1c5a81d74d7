"""Who chooses: recovery with what it learned, recovery with the claims of seeds 004 only, and one who knows."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.learning.world import Trouble
from recovery.choice import choose
from recovery.choice.applicable import Limits, candidates
from recovery.learning.evidence import Evidence
from recovery.learning.fixes import carried, digest
from recovery.learning.read import Failing, learned
from recovery.models import KnownFix, StrategyRecord
from recovery.situation import Option, Past, Situation
from recovery.states import RecoveryState, Source, Strategy

THRESHOLD, BASE_S, PATIENCE_S = 0.7, 30.0, 300.0
LIMITS = Limits(threshold=THRESHOLD, base_s=BASE_S, patience_s=PATIENCE_S)
ENDS = {Strategy.ASK_A_PERSON, Strategy.GIVE_UP}
Chooser = Callable[[Situation, Trouble], Option | None]


class Memory:
    """The rows of recovery.learning, kept in memory and folded by its own functions."""

    def __init__(self) -> None:
        self.records: dict[str, dict[tuple[str, Strategy], StrategyRecord]] = defaultdict(dict)
        self.fixes: dict[str, dict[str, KnownFix]] = defaultdict(dict)

    def of(self, situation: Situation) -> Situation:
        one = Failing(
            workspace_id=situation.workspace_id,
            failure_kind=situation.failure_kind,
            task_kind=situation.task_kind,
            signature=situation.signature,
        )
        records = [*self.records[situation.failure_kind].values()]
        fixes = [*self.fixes[situation.signature].values()] if situation.signature in self.fixes else []
        return replace(situation, learned=learned(one, records, fixes, situation.now))

    def count(self, situation: Situation, option: Option, *, good: bool) -> None:
        cell, now = (situation.task_kind, option.strategy), situation.now
        row = self.records[situation.failure_kind].setdefault(
            cell, StrategyRecord(task_kind=situation.task_kind, strategy=option.strategy, updated_at=now)
        )
        after = Evidence(good=row.good, bad=row.bad, at=row.updated_at).plus(good=good, now=now)
        row.good, row.bad, row.updated_at = after.good, after.bad, after.at
        fix = self.fixes[situation.signature].setdefault(
            digest(option.strategy, option.params),
            KnownFix(strategy=option.strategy, params=carried(option.strategy, option.params)),
        )
        fix.uses += 1
        fix.successes += good


@dataclass
class Arm:
    """One who chooses, and what came of each failure: attempts made, and whether one helped."""

    name: str
    choose: Chooser
    memory: Memory | None = None

    def meet(self, trouble: Trouble) -> tuple[int, bool]:
        situation, tried = trouble.situation(), 0
        while True:
            told = self.memory.of(situation) if self.memory is not None else situation
            option = self.choose(told, trouble)
            if option is None or option.strategy in ENDS:
                return tried, False
            use = sum(one.strategy == option.strategy for one in situation.history)
            good = trouble.helps(option.strategy, use)
            tried += 1
            if self.memory is not None:
                self.memory.count(situation, option, good=good)
            if good:
                return tried, True
            situation = _again(situation, option)


def _again(situation: Situation, option: Option) -> Situation:
    past = Past(
        strategy=option.strategy, failure_kind=situation.failure_kind, signature=situation.signature,
        state=RecoveryState.RELAPSED, params=option.params,
    )  # fmt: skip
    return replace(
        situation,
        attempts=situation.attempts + 1,
        history=(*situation.history, past),
        avoid=tuple(option.params.get("avoid", situation.avoid)),
        provider="b" if "avoid" in option.params else situation.provider,
    )


def arms(seed: int) -> tuple[Arm, Arm, Arm]:
    return (
        Arm("learning", _by_recovery(random.Random(seed)), Memory()),
        Arm("claims only", _by_recovery(random.Random(seed))),
        Arm("who knows", _by_truth(random.Random(seed))),
    )


def _by_recovery(rng: random.Random) -> Chooser:
    def made(situation: Situation, _: Trouble) -> Option:
        return choose(situation, threshold=THRESHOLD, base_s=BASE_S, patience_s=PATIENCE_S, rng=rng).chosen

    return made


def _by_truth(rng: random.Random) -> Chooser:
    """The floor: the strategy that truly helps most of those that are possible, within the same five attempts."""

    def made(situation: Situation, trouble: Trouble) -> Option | None:
        possible = [one for one in candidates(situation, LIMITS, rng).values() if one.possible]
        if not possible or situation.attempts >= situation.max_attempts:
            return None
        best = max(possible, key=lambda one: trouble.rates[one.strategy])
        return Option(strategy=best.strategy, source=Source.RULE, confidence=1.0, params=best.params)

    return made
