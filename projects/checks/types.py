"""What a check of the ladder is given and what it answers. Plain data; the effects are in `context`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from autodev.blueprints.manifest import Manifest
from autodev.sandbox.types import Isolation, Stream

if TYPE_CHECKING:
    from projects.checks.context import CheckContext

RungStatus = Literal["passed", "failed", "not_run"]
Severity = Literal["info", "warning", "error"]

OnProgress = Callable[[str, RungStatus | Literal["running"]], None]
OnOutput = Callable[[str, Stream, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingData:
    """One thing a check says about the code. `file` is relative to the project's root; lines and columns begin at 1."""

    rule: str
    message: str
    severity: Severity = "error"
    file: str = ""
    line: int | None = None
    column: int | None = None
    hint: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.line is not None else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class RungResult:
    """The answer of one check. `excerpt` is the end of what its tool said, at most 4 kB, without secrets; `level` the
    weakest sandbox that a command of it ran in; `reason` why it did not run."""

    key: str
    status: RungStatus
    findings: tuple[FindingData, ...] = ()
    excerpt: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    wall_ms: int = 0
    level: Isolation = Isolation.NONE
    reason: str = ""

    @property
    def errors(self) -> int:
        return sum(f.severity == "error" for f in self.findings)

    def as_json(self) -> dict[str, Any]:
        """For a journal or a page; `from_json` gives it back."""
        return {**asdict(self), "level": self.level.name, "findings": [asdict(f) for f in self.findings]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RungResult:
        findings = tuple(FindingData(**f) for f in data["findings"])
        return cls(**{**data, "level": Isolation[data["level"]], "findings": findings})


class Rung(Protocol):
    """A check of the ladder. `needs` are keys of checks that must have passed before; `required` says whether the gate
    wants it green. `run` may raise: the ladder then records `not_run` with the reason."""

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def position(self) -> int:
        """Where it stands in the ladder; the platform's own lie between 10 and 100."""

    @property
    def needs(self) -> Sequence[str]: ...

    @property
    def required(self) -> bool: ...

    def applies(self, manifest: Manifest) -> bool: ...

    def run(self, ctx: CheckContext) -> RungResult: ...


Score = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderReport:
    """`rungs` in the ladder's order; `required` the keys that must be green; `tools` tool → version."""

    rungs: tuple[RungResult, ...]
    required: frozenset[str]
    tools: Mapping[str, str] = field(default_factory=dict)
    wall_ms: int = 0

    @property
    def ok(self) -> bool:
        """Whether every required rung is green; one that did not run is not."""
        green = {r.key for r in self.rungs if r.status == "passed"}
        return bool(self.required) and self.required <= green

    @property
    def score(self) -> Score:
        return score(self)

    def rung(self, key: str) -> RungResult | None:
        return next((r for r in self.rungs if r.key == key), None)

    @property
    def findings(self) -> list[tuple[str, FindingData]]:
        """(rung's key, finding), in the ladder's order."""
        return [(r.key, f) for r in self.rungs for f in r.findings]

    @property
    def level(self) -> Isolation:
        """The weakest level of what ran; NONE where nothing did."""
        return min((r.level for r in self.rungs if r.status != "not_run"), default=Isolation.NONE)

    def as_json(self) -> dict[str, Any]:
        return {
            "rungs": [r.as_json() for r in self.rungs],
            "required": sorted(self.required),
            "tools": dict(self.tools),
            "wall_ms": self.wall_ms,
            "ok": self.ok,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LadderReport:
        return cls(
            rungs=tuple(RungResult.from_json(r) for r in data["rungs"]),
            required=frozenset(data["required"]),
            tools=data["tools"],
            wall_ms=data["wall_ms"],
        )


def score(report: LadderReport) -> Score:
    """How good a project is, to be compared with `>`: green required rungs, then fewer errors, then fewer warnings.

    A rung that needs a failed one has no findings, so the number of green rungs comes first.
    """
    green = sum(r.status == "passed" and r.key in report.required for r in report.rungs)
    errors = sum(r.errors for r in report.rungs)
    warnings = sum(f.severity == "warning" for r in report.rungs for f in r.findings)
    return green, -errors, -warnings
