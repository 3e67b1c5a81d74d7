"""The typed context of each kind of job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autodev.spec.schema import Spec


@dataclass(frozen=True, kw_only=True)
class AnalyseContext:
    description: str
    constraints: Mapping[str, Any] = field(default_factory=dict)
    preferences: Mapping[str, Any] = field(default_factory=dict)


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
