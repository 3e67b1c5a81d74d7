"""Changing a build with its events in one go: the version rises with the change, so that it has no gap."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from autodev.accounts.models import User
from autodev.events import services as events
from autodev.events.models import Event
from autodev.events.notify import build_topic, notify, workspace_topic
from autodev.lib import rows
from autodev.lib.rows import Sql, Statement
from projects.engine import doorbell
from projects.models import Build

# What a task's way through needs of its build; the JSON columns can be large and are read when asked for.
SLIM = ("id", "workspace_id", "project_id", "version", "state", "phase", "progress", "head")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event to be."""

    type: str
    task_id: uuid.UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


def lock_build(build_id: uuid.UUID) -> Build:
    """Takes the build's row before other rows of it, so that two writers of one build wait instead of deadlocking;
    gives it as it is then, with the columns of SLIM. On SQLite the transaction holds the whole database. Raises
    DoesNotExist."""
    return locked(build_id, rows.fetch(*lock_statement(build_id)))


def lock_statement(build_id: uuid.UUID) -> Statement:
    """The statement of `lock_build`, for what goes together with others; `locked` reads its rows."""
    lock = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
    select = f"SELECT {rows.names(Build, SLIM)} FROM projects_build WHERE id = %s{lock}"  # noqa: S608 - our own columns
    return Statement(select, [rows.key(build_id)])


def locked(build_id: uuid.UUID, found: Sequence[tuple[Any, ...]]) -> Build:
    """The build that a lock's rows hold. Raises DoesNotExist."""
    if not found:
        raise Build.DoesNotExist(build_id)
    return rows.instance(Build, found[0], SLIM)


def record(
    build_id: uuid.UUID,
    happened: Sequence[Happened],
    *,
    actor: User | None = None,
    only_if: Mapping[str, Any] | None = None,
    ring: bool = False,
    **changes: Any,
) -> Build | None:
    """Writes the changes and the events in the caller's transaction and gives the build as it is then, or None where
    `only_if` (further conditions on the row, as for `rows.update`) did not hold. Listeners get hints on commit; `ring`
    rings the doorbell too."""
    version = Sql(f"version + {len(happened)}")
    build = rows.update_returning(Build, {"id": build_id, **(only_if or {})}, {"version": version, **changes})
    if build is not None:
        if happened:
            rows.run(*_insertion(build, happened, build.version - len(happened), actor))
        _tell_on_commit(build, happened, ring=ring)
    return build


class Held:
    """A build whose row this transaction took by `lock_build` or a claim. What happens to it is gathered and written at
    once: one UPDATE, one INSERT of its events and one hint, whether a task ended, another was claimed, or both. Nothing
    else may change the build between the first `record` and `write`."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self._begin()

    def _begin(self) -> None:
        self._changes: dict[str, Any] = {}
        self._only_if: dict[str, Any] = {}
        self._happened: list[Happened] = []
        self._along: list[Statement] = []
        self._ring = False

    def record(
        self,
        happened: Happened,
        *along: Statement,
        only_if: Mapping[str, Any] | None = None,
        ring: bool = False,
        **changes: Any,
    ) -> None:
        """Adds an event, changes of the row, conditions on it, and statements that go `along` after it."""
        self._happened.append(happened)
        self._along += along
        self._only_if.update(only_if or {})
        self._changes.update(changes)
        self._ring = self._ring or ring

    def write(self) -> bool:
        """Writes what was gathered; False where a condition did not hold, and the transaction must be undone. Of the
        build only `version` follows the changes."""
        if not self._happened:
            return True
        before, after = self.build.version, self.build.version + len(self._happened)
        changed = rows.change(
            Build, {"id": self.build.pk, "version": before, **self._only_if}, {"version": after, **self._changes}
        )
        if not rows.together(changed, _insertion(self.build, self._happened, before, None), *self._along)[0].reached:
            return False
        self.build.version = after
        _tell_on_commit(self.build, self._happened, ring=self._ring)
        self._begin()
        return True


def record_held(
    build: Build, happened: Happened, *, only_if: Mapping[str, Any] | None = None, ring: bool = False, **changes: Any
) -> bool:
    """One event and the changes of a build whose row `lock_build` took; whether `only_if` held. The version is known,
    so that nothing has to be read back (0.1 ms)."""
    held = Held(build)
    held.record(happened, only_if=only_if, ring=ring, **changes)
    return held.write()


def _insertion(build: Build, happened: Sequence[Happened], version: int, actor: User | None) -> Statement:
    """The events' rows, numbered from the version before them."""
    return rows.entries(
        Event,
        *[
            events.entry(
                type=one.type,
                workspace_id=build.workspace_id,
                project_id=build.project_id,
                build_id=build.pk,
                task_id=one.task_id,
                version=number,
                actor=actor,
                payload=one.payload,
            )
            for number, one in enumerate(happened, start=version + 1)
        ],
    )


def _tell_on_commit(build: Build, happened: Sequence[Happened], *, ring: bool) -> None:
    last = {"type": happened[-1].type, "id": str(build.pk), "version": build.version} if happened else None
    transaction.on_commit(lambda: _tell(build, last, ring=ring), robust=True)


def _tell(build: Build, hint: dict[str, Any] | None, *, ring: bool) -> None:
    if ring:
        doorbell.ring()
    if hint is not None:
        notify(build_topic(build.pk), hint, workspace_topic(build.workspace_id))
