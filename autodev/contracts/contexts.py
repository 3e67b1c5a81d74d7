"""The typed context of each kind of job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autodev.spec.schema import Spec


@dataclass(frozen=True, kw_only=True)
class AnalyseContext:
    """`before` is the Spec of a product that is there, where `change` says in the user's words what is to be different:
    `description` holds both ideas then, and of the answer only what the change adds is taken."""

    description: str
    constraints: Mapping[str, Any] = field(default_factory=dict)
    preferences: Mapping[str, Any] = field(default_factory=dict)
    before: Spec | None = None
    change: str = ""


@dataclass(frozen=True, kw_only=True)
class ImplementContext:
    """`pins` maps a requirement's name to its pinned version; `lock` is the text of the hashed lock file, if there is
    one."""

    spec: Spec
    blueprint: str
    pins: Mapping[str, str]
    lock: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ExtendContext:
    """What a blueprint made is there; `open_requirements` are the sentences that it does not meet yet. `commands` show
    how the project is tested, as argument lists."""

    spec: Spec
    blueprint: str
    open_requirements: Sequence[str]
    commands: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that the checks found: `check` names the rung or acceptance check, `place` is `file:line` where it is
    known."""

    check: str
    message: str
    place: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class RepairContext:
    """`problems` in the order in which they stand in the way."""

    spec: Spec
    blueprint: str
    problems: Sequence[Problem]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A blueprint that could serve. `makes` are the kinds of product that it makes, in words; `chosen` is the one that
    the rules took."""

    name: str
    title: str
    summary: str
    chosen: bool = False
    makes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class SelectContext:
    """Only what the user's constraints allow is among the candidates."""

    spec: Spec
    candidates: Sequence[Candidate]


@dataclass(frozen=True, kw_only=True)
class PlanContext:
    """`open_requirements` are the sentences that the blueprint does not meet; `files` what it will make."""

    spec: Spec
    blueprint: str
    open_requirements: Sequence[str]
    files: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class TestContext:
    """Tests are wanted for `paths`, which a model changed; `uncovered` says where none reaches (path → lines)."""

    __test__ = False  # no test of pytest's

    spec: Spec
    blueprint: str
    paths: Sequence[str]
    uncovered: Mapping[str, str] = field(default_factory=dict)
    commands: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, kw_only=True)
class DocumentContext:
    """The documentation is to say what `paths`, which a model changed, do. `documents` is what the project has of it:
    the README, the API's reference, the changelog."""

    spec: Spec
    blueprint: str
    paths: Sequence[str]
    documents: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class ReviewContext:
    """`diff` is what is under review; `made_by` the providers that made it, who are not asked."""

    spec: Spec
    blueprint: str
    diff: str
    made_by: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class ExplainContext:
    """`files` are the paths of the product; `read` gives those that the answer may quote."""

    spec: Spec
    question: str
    files: Sequence[str]
    read: Mapping[str, str] = field(default_factory=dict)
