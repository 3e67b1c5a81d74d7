"""Which frameworks a signal speaks of, so that their patterns speak before the general ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import yaml
from pydantic import BaseModel, ConfigDict

from providers.failures.patterns import DATA, compiled
from providers.failures.signal import Signal


class _Mark(BaseModel):
    model_config = ConfigDict(extra="forbid")
    framework: str
    pattern: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    names: dict[str, list[str]]
    agents: frozenset[str]
    marks: list[_Mark]


@dataclass(frozen=True)
class Frameworks:
    """`agents` are programs whose logs may hold the output of generated code."""

    names: dict[str, list[str]]
    agents: frozenset[str]
    marks: tuple[tuple[str, re.Pattern[str]], ...]

    def of(self, signal: Signal, text: str) -> tuple[str, ...]:
        """Those of the signal's own word and of its exception's module; where that is no agent, those of the marks."""
        words = re.split(r"[^a-z]+", f"{signal.framework} {signal.exception_class.rpartition('.')[0]}".lower())
        found = [name for word in words for name in self.names.get(word, ())]
        if not self.agents.intersection(found):
            found += [name for name, mark in self.marks if mark.search(text)]
        return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1)
def frameworks() -> Frameworks:
    """Raises pydantic.ValidationError where the data file is wrong."""
    file = _File.model_validate(yaml.safe_load((DATA / "frameworks.yaml").read_text()))
    marks = tuple((mark.framework, compiled(mark.pattern)) for mark in file.marks)
    return Frameworks(file.names, file.agents, marks)
