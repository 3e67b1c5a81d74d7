"""The protocol of a task kind's remedies. All of it reads only; what is chosen is run by the task's own handler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from projects.engine.outcome import NewTask
from projects.models import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """Another way to the same goal: `name` is unique for the kind, `params` goes into `Guidance.approach`. `restart`
    names the key of an earlier task that must run again for it (another blueprint begins at `research`)."""

    name: str
    told: str
    params: Mapping[str, Any] = field(default_factory=dict)
    restart: str = ""


class Remedies(Protocol):
    """What a kind of task offers."""

    def parts(self, task: Task) -> Sequence[NewTask]:
        """A small DAG with the same outputs, at most eight tasks; empty where the work cannot be divided further."""
        ...

    def approaches(self, task: Task) -> Sequence[Approach]:
        """Other ways, best first; those that were tried are in the task's guidance and are left out."""
        ...

    def fallbacks(self, task: Task) -> Sequence[int]:
        """The per cents at which the handler can complete it by a deliverable that exists and passes its own check,
        highest first, for instance (80, 60); empty for critical work that nothing can stand in for."""
        ...


class Nothing:
    """No remedy beyond trying again."""

    def parts(self, task: Task) -> Sequence[NewTask]:
        return ()

    def approaches(self, task: Task) -> Sequence[Approach]:
        return ()

    def fallbacks(self, task: Task) -> Sequence[int]:
        return ()
