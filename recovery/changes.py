"""What is different since such a task last worked: in words, from rows that exist."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db.models import Max

from projects.models import Task
from projects.states import TaskState
from providers.models import Call, ConfigRevision
from providers.states import CallOutcome

PACKAGES_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """How it was when a task of this kind last succeeded in the project."""

    task_id: uuid.UUID
    at: dt.datetime
    base: str = ""
    stack: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """How it is now; `revisions` of the configuration were made since then."""

    base: str = ""
    stack: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    revisions: int = 0


def changes(then: Worked | None, now: Present) -> tuple[str, ...]:
    """The differences in sentences; none where it never worked. Pure."""
    if then is None:
        return ()
    return (*_packages(then.stack, now.stack), *_provider(then, now), *_configuration(now), *_commits(then, now))


def _packages(then: Mapping[str, str], now: Mapping[str, str]) -> Iterable[str]:
    moved = [f"{name} {then[name]} → {now[name]}" for name in sorted(then) if name in now and now[name] != then[name]]
    new = [f"{name} {now[name]} is new" for name in sorted(now) if then and name not in then]
    gone = [f"{name} is gone" for name in sorted(then) if now and name not in now]
    told = moved + new + gone
    if told:
        more = f" and {len(told) - PACKAGES_NAMED} more" if len(told) > PACKAGES_NAMED else ""
        yield f"Packages: {', '.join(told[:PACKAGES_NAMED])}{more}."


def _provider(then: Worked, now: Present) -> Iterable[str]:
    if then.provider and now.provider and then.provider != now.provider:
        model = f" ({then.model})" if then.model else ""
        yield f"It worked with {then.provider}{model}; {now.provider} failed."


def _configuration(now: Present) -> Iterable[str]:
    if now.revisions:
        yield f"The configuration of providers changed {now.revisions} time{'' if now.revisions == 1 else 's'}."


def _commits(then: Worked, now: Present) -> Iterable[str]:
    if then.base and now.base and then.base != now.base:
        yield f"It began at commit {then.base[:8]} then, at {now.base[:8]} now."


Place = tuple[uuid.UUID, str]


class LastWorked:
    """Remembers what it read, by project and kind of task; so that tasks of one project are read for once."""

    MOST = 2000

    def __init__(self) -> None:
        self._known: dict[Place, Worked | None] = {}
        self._revisions: dict[uuid.UUID, tuple[dt.datetime, ...]] = {}

    def read(self, places: Collection[Place], workspaces: Collection[uuid.UUID]) -> None:
        """Reads those that are not known: at most four queries, however many they are."""
        if len(self._known) > self.MOST:
            self._known.clear()
            self._revisions.clear()
        missing = set(places) - set(self._known)
        if missing:
            self._known.update(dict.fromkeys(missing))
            self._known.update(_last_worked(missing))
        unread = set(workspaces) - set(self._revisions)
        if unread:
            self._revisions.update(_revisions(unread))

    def of(self, place: Place) -> Worked | None:
        return self._known.get(place)

    def revisions_since(self, workspace_id: uuid.UUID, moment: dt.datetime) -> int:
        return sum(at > moment for at in self._revisions.get(workspace_id, ()))


def _last_worked(places: Collection[Place]) -> dict[Place, Worked | None]:
    good = Task.objects.filter(
        build__project__in={project for project, _ in places}, kind__in={kind for _, kind in places},
        state=TaskState.SUCCEEDED,
    )  # fmt: skip
    newest = good.order_by().values("build__project_id", "kind").annotate(at=Max("finished_at"))
    when = {(row["build__project_id"], row["kind"]): row["at"] for row in newest if row["at"] is not None}
    rows = good.filter(finished_at__in=set(when.values())).values_list(
        "build__project_id", "kind", "pk", "finished_at", "base", "build__tech_stack"
    )
    found = {
        (project, kind): Worked(task_id=task_id, at=at, base=base, stack=dict(stack or {}))
        for project, kind, task_id, at, base, stack in rows
        if at is not None and when.get((project, kind)) == at
    }
    asked = _asked([one.task_id for one in found.values()])
    return {place: _with_provider(one, asked) for place, one in found.items()}


def _with_provider(one: Worked, asked: Mapping[uuid.UUID, tuple[str, str]]) -> Worked:
    provider, model = asked.get(one.task_id, ("", ""))
    return replace(one, provider=provider, model=model)


def _asked(tasks: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    """The provider and model of the newest good call of each."""
    calls = Call.objects.filter(task_id__in=tasks, outcome=CallOutcome.SUCCEEDED).order_by()
    rows = calls.values_list("task_id", "provider_name", "model").annotate(at=Max("started_at")).order_by("at")
    return {task_id: (provider, model) for task_id, provider, model, _ in rows if task_id is not None}


def _revisions(workspaces: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[dt.datetime, ...]]:
    """When the configuration of each was changed."""
    found: dict[uuid.UUID, list[dt.datetime]] = {one: [] for one in workspaces}
    rows = ConfigRevision.objects.filter(workspace__in=workspaces).order_by("-created_at")
    for workspace_id, at in rows.values_list("workspace_id", "created_at"):
        found[workspace_id].append(at)
    return {one: tuple(moments) for one, moments in found.items()}
