"""How far the work of a job has come: which files were changed, which state of them was best, what the checks said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.kinds.agent.rounds import checks_from
from providers.stuck import Checks, Observation, StuckJudge, diff_hash


@dataclass
class Progress:
    """`base` is the commit that the job found. `best`: (green checks, minus errors) and the commit where they were
    measured; None where no state was green, or better than the first one that was measured."""

    base: str
    judge: StuckJudge = field(default_factory=StuckJudge)
    state: dict[str, str] = field(default_factory=dict)
    commit: str = ""
    checks: Checks | None = None
    checked_at: str = ""
    found: str = ""
    first: tuple[int, int] | None = None
    best: tuple[tuple[int, int], str] | None = None
    states: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.commit = self.commit or self.base
        self.states[self.base] = {}

    def saw(self, done: Mapping[str, Any], tokens: int) -> Observation:
        """A round of tools, as the judge sees it."""
        self.state = {**self.state, **done["touched"]}
        self.commit = done["commit"] or self.commit
        self.states[self.commit] = dict(self.state)
        checks = checks_from(done["checks"])
        if checks is not None:
            said = [one["answer"] for one in done["answers"] if one["name"] == "run_checks"]
            self.measured(checks, done["checked_at"], found=said[-1] if said else "")
        files = diff_hash(repr(sorted(self.state.items()))) if done["changed"] else ""
        return Observation(tokens=tokens, files=files, did=done["did"], failed=tuple(done["failed"]), checks=checks)

    def measured(self, checks: Checks, commit: str, *, found: str) -> None:
        """The checks ran on this commit, and said so."""
        self.checks, self.checked_at, self.found = checks, commit, found
        worth = (len(checks.green), -checks.errors)
        if checks.ok or (self.first is not None and worth > max(self.first, self.best[0] if self.best else self.first)):
            self.best = worth, commit
        self.first = self.first or worth

    @property
    def known(self) -> Checks | None:
        """What the checks say of the files as they are; None where that was not measured."""
        return self.checks if self.checked_at == self.commit else None

    @property
    def back(self) -> str:
        """The commit to go back to: the best one, else the one that the job found; empty where the files are there."""
        best = self.best[1] if self.best is not None else self.base
        target = best if best != self.commit else self.base
        return target if target != self.commit else ""

    def went_back(self, commit: str) -> None:
        self.commit = commit
        self.state = dict(self.states.get(commit, {}))
