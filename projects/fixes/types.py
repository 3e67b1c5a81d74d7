"""What a pattern fix is: a plan made from findings and files, carried out elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from projects.checks.types import LadderReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRun:
    """A program of the tools layer run on a copy of the project; what it makes of `paths` is taken over. `files` are
    given to it outside the workspace."""

    program: str
    arguments: tuple[str, ...]
    paths: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One change. `edits`: path → the whole new text. `requirements`: packages to add, after which the lock is resolved
    anew. `fingerprint` is the same for the same change."""

    fixer: str
    title: str
    edits: Mapping[str, str] = field(default_factory=dict)
    tool: ToolRun | None = None
    requirements: tuple[str, ...] = ()
    # What the fix answers; part of a tool run's fingerprint, since its outcome is not known beforehand.
    cause: str = ""

    @property
    def fingerprint(self) -> str:
        parts = [self.fixer, self.cause, *self.requirements]
        parts += [word for path, text in sorted(self.edits.items()) for word in (path, text)]
        if self.tool:
            parts += [self.tool.program, *self.tool.arguments, *self.tool.paths]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class Files(Protocol):
    """A project's text files, by path relative to its root."""

    def read(self, path: str) -> str:
        """The text; empty where there is no such file."""

    def is_file(self, path: str) -> bool: ...

    def is_dir(self, path: str) -> bool: ...


class Fixer(Protocol):
    """Plans at most one fix, which answers all findings of its kind. Pure: it reads, and changes nothing."""

    @property
    def key(self) -> str: ...

    @property
    def position(self) -> int:
        """Which comes first: what makes files readable before what reads them."""

    def plan(self, report: LadderReport, files: Files) -> Fix | None: ...
