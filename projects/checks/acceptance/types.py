"""What the runner is given and what it answers: plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from autodev.blueprints.manifest import Manifest
from autodev.sandbox.types import Isolation
from autodev.spec.checks import Check

OutcomeStatus = Literal["passed", "failed", "not_run"]

EXCERPT_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What is measured. `root`: its files on the host; `layers`: host path → path inside, read-only, with the
    interpreter's own; `python`: the interpreter's path inside, with the project's dependencies."""

    manifest: Manifest
    root: Path
    layers: Mapping[Path, str] = field(default_factory=dict)
    python: str = "/opt/venv/bin/python"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenCheck:
    """A check and the digest it was frozen by when the plan was made."""

    check: Check
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """One step: what was done, what should have come of it and what came."""

    ok: bool
    said: str
    expected: str = ""
    got: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """The answer of one check. `reason` says why it did not run or could not go on; `excerpt` is the end of what
    the product said; `level` the sandbox it ran in."""

    check_id: str
    digest: str
    title: str
    status: OutcomeStatus
    steps: tuple[StepOutcome, ...] = ()
    reason: str = ""
    excerpt: str = ""
    wall_ms: int = 0
    level: Isolation = Isolation.NONE

    @property
    def failure(self) -> str:
        """In one sentence why it is not green; empty where it passed."""
        if self.status == "passed":
            return ""
        wrong = next((step for step in self.steps if not step.ok), None)
        if wrong is None:
            return self.reason
        return f"{wrong.said}: expected {wrong.expected}, got {wrong.got}"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "level": self.level.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a runner gives for one check: the outcome without what is known from the check itself."""

    status: OutcomeStatus
    steps: tuple[StepOutcome, ...] = ()
    reason: str = ""
    excerpt: str = ""
    level: Isolation = Isolation.NONE


def judged(steps: Sequence[StepOutcome], *, excerpt: str, level: Isolation) -> Ran:
    """Passed where there are steps and every one holds, else failed."""
    status: OutcomeStatus = "passed" if steps and all(step.ok for step in steps) else "failed"
    return Ran(status=status, steps=tuple(steps), excerpt=excerpt, level=level)


OnProgress = Callable[[CheckOutcome, int, int], None]
"""Called with each finished check, how many are finished and how many there are, in the thread that runs them all."""


def tail(text: str) -> str:
    """The end of a log, as it is kept."""
    return text[-EXCERPT_BYTES:].strip()
