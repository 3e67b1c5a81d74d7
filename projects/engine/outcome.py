"""What a handler gives back, and how it fails."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from projects.states import Phase


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """A task to add to the build. `needs` are keys of tasks of the same build, those added along with it included.
    `parent` is the task it is a part of."""

    key: str
    kind: str
    phase: Phase
    title: str
    params: Mapping[str, Any] = field(default_factory=dict)
    needs: Sequence[str] = ()
    priority: int = 0
    estimate_s: int = 0
    milestone: str = ""
    critical: bool = True
    parent: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Succeeded:
    """The task is done. `degraded` says in sentences what was left out (the task is then DEGRADED). `build_updates`
    names fields of the build; of the `deliver` task it also holds `verdict` (`succeeded`, `degraded` or
    `failed`) and `degraded`, on which the build ends. `merge` brings the task's snapshots into the build's head."""

    result: Mapping[str, Any] = field(default_factory=dict)
    degraded: Sequence[str] = ()
    add_tasks: Sequence[NewTask] = ()
    build_updates: Mapping[str, Any] = field(default_factory=dict)
    merge: bool = True


@dataclass(frozen=True, kw_only=True)
class Waits:
    """The task waits for something outside (a provider's limit, an outage) and spends no attempt. Without `until` it
    waits by the ladder 30 → 60 → 120 → 240 → 300 s; the build's deadline bounds every wait. `on` is what it waits for,
    in two or three words."""

    reason: str
    until: dt.datetime | None = None
    on: str = ""


Outcome = Succeeded | Waits


class WorkFailed(Exception):
    """The attempt failed; recovery decides what follows. `kind` names the failure, `fingerprint` is equal for equal
    failures (made of kind and message where none is given). `outside`: something outside is away (a limit, an outage),
    which spends a wait and no attempt; `retry_at`, aware, is when it said that it will serve again. `provider` is who
    failed last, `details` plain data for whoever decides."""

    def __init__(
        self,
        message: str,
        *,
        kind: str = "work",
        fingerprint: str = "",
        outside: bool = False,
        retry_at: dt.datetime | None = None,
        provider: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.fingerprint = fingerprint
        self.outside = outside
        self.retry_at = retry_at
        self.provider = provider
        self.details = dict(details or {})


class InvalidInput(Exception):
    """What was asked for cannot be done, whoever tries. The task and the build end at once."""

    def __init__(self, message: str, *, code: str = "invalid_input") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
