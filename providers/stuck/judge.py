"""The judge: it sees each turn's outcome and says when the work goes in circles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from providers.stuck.types import Change, Checks, Observation, Sign, Stuck, Tactic


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How often each sign is seen before the work counts as stuck; a circle that was met before counts one round
    earlier. `same_step`: without a change between. `new_green`: runs of the checks without one that is better than all
    before. `turns` and `tokens`: without a change of the files. `tactics`: changes of tactic in all."""

    same_failure: int = 3
    same_command: int = 4
    same_files: int = 3
    same_step: int = 3
    new_green: int = 5
    turns: int = 15
    tokens: int = 600_000
    tactics: int = 6


class StuckJudge:
    """Judges one job. What counts as progress is a state of the checks that is better than all before: another check
    green, or as many with fewer errors."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._tried: dict[str, list[Tactic]] = {}
        self._changes = 0
        self._green: set[str] = set()
        self._best: tuple[int, int] | None = None
        self._begin()

    def saw(self, turn: Observation) -> Stuck | None:
        """The first sign that is full, None while there is none."""
        changed = self._saw_files(turn)
        better = self._saw_checks(turn.checks) if turn.checks is not None else False
        if better or changed:
            self._turns = self._tokens = 0
            self._steps.clear()
        else:
            self._turns += 1
            self._tokens += turn.tokens
        self._steps[turn.did] += 1
        self._commands.update(set(turn.failed))
        return self._full(turn)

    def tactic_for(self, stuck: Stuck, can: Collection[Tactic] = tuple(Tactic)) -> Change:
        """The first tactic in their order that is possible and was not tried on this circle."""
        tried = self._tried.get(stuck.fingerprint, [])
        refused: dict[str, str] = {}
        for tactic in Tactic:
            if self._changes >= self._limits.tactics:
                refused[tactic] = f"the way was changed {self._changes} times already"
            elif tactic in tried:
                refused[tactic] = "it was tried on this very circle and led back into it"
            elif tactic not in can:
                refused[tactic] = "it is not possible here"
            else:
                return Change(tactic=tactic, sign=stuck.sign, fingerprint=stuck.fingerprint, reason=stuck.reason)
        return Change(tactic=None, sign=stuck.sign, fingerprint=stuck.fingerprint, reason=stuck.reason, refused=refused)

    def changed(self, change: Change) -> None:
        """The tactic was changed: what was counted begins anew, what was tried stays known."""
        if change.tactic is not None:
            self._tried.setdefault(change.fingerprint, []).append(change.tactic)
            self._changes += 1
        self._begin()

    @property
    def best(self) -> tuple[int, int] | None:
        """(green checks, minus errors) of the best state so far; None where no check ran."""
        return self._best

    def _begin(self) -> None:
        self._files = ""
        self._states: Counter[str] = Counter()
        self._steps: Counter[str] = Counter()
        self._commands: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._runs = 0
        self._first = ""
        self._turns = self._tokens = 0

    def _saw_files(self, turn: Observation) -> bool:
        """Whether they are other than before. A state counts each time that they come to it."""
        if not turn.files or turn.files == self._files:
            return False
        self._files = turn.files
        self._states[turn.files] += 1
        return True

    def _saw_checks(self, checks: Checks) -> bool:
        here = (len(checks.green), -checks.errors)
        new = bool(checks.green - self._green)
        better = self._best is None or here > self._best or (new and here[0] >= self._best[0])
        self._green |= checks.green
        self._first = checks.first
        if better:
            self._best = max(here, self._best or here)
            self._runs = 0
            self._failures.clear()
            self._commands.clear()
        else:
            self._runs += 1
        if checks.failure:
            self._failures[checks.failure] += 1
        return better

    def _full(self, turn: Observation) -> Stuck | None:
        limits = self._limits
        failure = turn.checks.failure if turn.checks is not None else ""
        looks = (
            (Sign.SAME_FAILURE, failure, self._failures[failure], limits.same_failure, self._failing),
            *((Sign.SAME_COMMAND, one, self._commands[one], limits.same_command, _commanding) for one in turn.failed),
            (Sign.SAME_STEP, turn.did, self._steps[turn.did], limits.same_step, _stepping),
            (Sign.SAME_FILES, turn.files, self._states[turn.files], limits.same_files, _circling),
            (Sign.NO_NEW_GREEN, failure, self._runs, limits.new_green, self._ungreen),
        )
        for sign, what, count, most, reason in looks:
            mark = f"{sign}:{what}"
            if what and count >= (max(2, most - 1) if mark in self._tried else most):
                return Stuck(sign=sign, fingerprint=mark, reason=reason(count))
        if self._turns >= limits.turns or self._tokens >= limits.tokens:
            said = f"{self._turns} turns with {self._tokens} tokens changed nothing."
            return Stuck(sign=Sign.NO_CHANGE, fingerprint=f"{Sign.NO_CHANGE}:{self._files}", reason=said)
        return None

    def _failing(self, count: int) -> str:
        return f"The checks failed in the same way {count} times: {self._first}"

    def _ungreen(self, count: int) -> str:
        return f"{count} runs of the checks showed nothing better than before: {self._first}"


def _commanding(count: int) -> str:
    return f"A command failed in the same way {count} times."


def _stepping(count: int) -> str:
    return f"The same step was made {count} times, with the same answer and no change between."


def _circling(count: int) -> str:
    return f"The files came to the same state {count} times."
