"""The patterns of the data files, compiled: what a text says about the kind of a failure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field

from providers.failures.kinds import FailureKind

DATA = Path(__file__).parent / "data"
FLAGS = re.IGNORECASE | re.MULTILINE
_PROVIDER = r"(?:provider|claude|opencode|openai|anthropic|gemini|vertex|bedrock|azure|ollama|litellm|llm|gpt|model)"
# Possessive, so that no prefix makes it try again and again.
LEAD = re.compile(
    rf"(?:[^\w{{<]*+(?:\d[\dTZ:.,+-]*+|(?:error|err|errno|fatal|critical|warn(?:ing)?|stderr|exception|failed|failure|http|status"
    rf"|api|code|ai|unauthorized|forbidden|the|your|you|ve|re|we|our|this|an?|request|call|message|stream|{_PROVIDER})\b)){{0,8}}+"
    rf"[^\w{{<]*+|[^\n]{{0,80}}\b{_PROVIDER}\b[^\n]{{0,60}}[:–—·-] ",
    re.IGNORECASE,
)
# An operator's expression with a repeat inside a repeat can take a worker's time without end.
NESTED_REPEAT = re.compile(r"\((?:[^()\\]|\\.)*(?<!\\)[*+](?:[^()\\]|\\.)*\)(?:[*+]|\{\d*,\})")


class PatternRow(Protocol):
    """What is read of a FailurePattern row."""

    name: str
    framework: str
    pattern: str
    kind: str
    position: int


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=r"^[a-z0-9-]+$")
    pattern: str = Field(min_length=3, max_length=3000)
    kind: FailureKind
    example: str
    unless: str = ""
    over: list[FailureKind] = []


class _Set(BaseModel):
    model_config = ConfigDict(extra="forbid")
    framework: str = ""
    category: str = ""
    untyped: bool = False
    patterns: list[_Entry]


class _File(BaseModel):
    """`order`: lower ones speak first. `within`: how many characters a `.*` may stand for."""

    model_config = ConfigDict(extra="forbid")
    order: int
    framework: str = ""
    within: int | None = None
    sets: list[_Set]


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """`source` is the expression as it was written. `framework` empty speaks for all. `untyped`: only for a text
    without a status, type or exception. `over`: kinds that it corrects though a type or class named them, as providers
    call a spent account a limit."""

    name: str
    kind: FailureKind
    source: str
    regex: re.Pattern[str]
    framework: str = ""
    category: str = ""
    example: str = ""
    order: int = 500
    untyped: bool = False
    unless: re.Pattern[str] | None = None
    over: frozenset[FailureKind] = frozenset()

    def match(self, text: str, *, leading: bool = False) -> bool:
        """Whether the text holds it. `leading`: only where it begins what a line has to say, after a time, a level or
        the name of a provider, and is not merely mentioned in it."""
        for found in self.regex.finditer(text):
            if leading and not LEAD.fullmatch(text, text.rfind("\n", 0, found.start()) + 1, found.start()):
                continue
            if self.unless is None or not self.unless.search(_line(text, found.start())):
                return True
        return False


@dataclass(frozen=True)
class PatternSet:
    """`operators` speak before all else, in the order of their position; `shipped` in theirs."""

    shipped: tuple[Pattern, ...]
    operators: tuple[Pattern, ...] = ()

    def for_frameworks(self, frameworks: tuple[str, ...], *, typed: bool) -> Iterator[Pattern]:
        """The shipped patterns that may speak, by order; inside it a named framework's before the general ones."""
        for pattern in self.shipped:
            if pattern.framework and pattern.framework not in frameworks:
                continue
            if not (pattern.untyped and typed):
                yield pattern


@lru_cache(maxsize=1)
def shipped() -> PatternSet:
    """The data files' patterns. Raises pydantic.ValidationError or re.error where a file is wrong."""
    return PatternSet(tuple(sorted(_read(), key=lambda pattern: pattern.order)))


def with_operators(rows: Iterable[PatternRow]) -> PatternSet:
    """The shipped patterns with those of the database before them. A row whose expression does not compile raises
    ValueError; the service that stores rows checks that first."""
    operators = tuple(
        Pattern(
            name=row.name,
            kind=FailureKind(row.kind),
            source=row.pattern,
            regex=compiled(row.pattern),
            framework=row.framework,
            category="operator",
        )
        for row in sorted(rows, key=lambda row: (row.position, row.name))
    )
    return PatternSet(shipped().shipped, operators)


def compiled(pattern: str) -> re.Pattern[str]:
    """Raises ValueError with the reason where it is no regular expression, or one that could take without end."""
    if NESTED_REPEAT.search(pattern):
        raise ValueError("a repeat inside a repeat, as in (a+)+, may take without end")
    try:
        return re.compile(pattern, FLAGS)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error


def _read() -> Iterator[Pattern]:
    for path in sorted((DATA / "patterns").glob("*.yaml")):
        file = _File.model_validate(yaml.safe_load(path.read_text()))
        for group in file.sets:
            for entry in group.patterns:
                yield Pattern(
                    name=entry.name,
                    kind=entry.kind,
                    source=entry.pattern,
                    regex=compiled(_bounded(entry.pattern, file.within)),
                    framework=group.framework or file.framework,
                    category=group.category,
                    example=entry.example,
                    order=file.order,
                    untyped=group.untyped,
                    unless=compiled(entry.unless) if entry.unless else None,
                    over=frozenset(entry.over),
                )


def _bounded(pattern: str, within: int | None) -> str:
    return pattern if within is None else pattern.replace(".*", f".{{0,{within}}}")


def _line(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return text[start : end if end >= 0 else None]
