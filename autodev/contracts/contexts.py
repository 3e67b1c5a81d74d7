"""The typed context of each kind of job."""

from __future__ import annotations

from collections.abc import Mapping
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
