"""What the Python library takes and gives (seeds 003: BuildRequest, BuildResult, progress)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """`description` in plain words. `constraints` must hold and win over what the words suggest (`framework`,
    `database`,
    `language`), `preferences` are followed where they can be. `deadline` is aware; `budget_usd` bounds what models may
    cost. `output_path` receives the repository; it must be empty or not exist. `review_spec` waits after the idea was
    understood until somebody approves the Spec. `patience_s` is how many seconds it waits for an outage of all models
    before it goes on without them."""

    description: str
    constraints: dict[str, Any] | None = None
    preferences: dict[str, Any] | None = None
    deadline: dt.datetime | None = None
    output_path: Path | None = None
    budget_usd: Decimal | None = None
    blueprint: str | None = None
    review_spec: bool = False
    patience_s: int | None = None


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Measured, never estimated: `phase_s` seconds of wall time by phase, `coverage` per cent of lines, `tests` how
    many
    ran, `files` how many were made, `checks_passed` of `checks_total` acceptance checks, `cost_usd` for models."""

    duration_s: float
    phase_s: dict[str, float]
    files: int
    tests: int | None
    coverage: float | None
    checks_passed: int
    checks_total: int
    cost_usd: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """An error or a warning: a code for programs, a message and a hint for people."""

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """`success` is true only for a green build; `degraded` says which sentences were not met. `tech_stack` maps a
    package
    to its pinned version. `project_path` is the git repository, None where nothing could be delivered. `merged`: of a
    change, whether it is in the project's main line."""

    success: bool
    state: str
    build_id: str
    project_path: Path | None
    tech_stack: dict[str, str]
    metrics: Metrics
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    degraded: list[str] = field(default_factory=list)
    requirements: list[RequirementReport] = field(default_factory=list)
    merged: bool = False


@dataclass(frozen=True, kw_only=True)
class RequirementReport:
    """A requirement and what its checks showed: `result` is `met`, `not_met` or `no_evidence`."""

    key: str
    sentence: str
    text: str
    result: str
    checks: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a build is. `percentage` from 0 to 100 never falls; the last one carries the `result`.
    `awaiting_approval`: nothing goes on until somebody approves the Spec."""

    build_id: str
    percentage: int
    phase: str
    current_task: str
    state: str
    result: BuildResult | None = None
    awaiting_approval: bool = False


@dataclass(frozen=True, kw_only=True)
class SpecSeen:
    """A build's Spec: as a document, and as YAML without its defaults. `version` is that of its newest revision."""

    version: int
    spec: dict[str, Any]
    text: str
    awaiting_approval: bool


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A commit that a build can be rolled back to. `undone`: a rollback, a replay or an edit has taken it back."""

    id: str
    commit: str
    title: str
    task: str
    created_at: dt.datetime
    undone: bool
