"""Whether the database and the repositories agree; what can be mended is mended, what cannot is said, once."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from autodev.events.models import Event
from autodev.lib.db import write
from projects.engine import hooks
from projects.engine.corrupted import set_aside
from projects.engine.incarnation import host_name
from projects.engine.reconcile import by_project, recent, reconcile
from projects.engine.record import Happened, lock_build, record
from projects.models import Build, Incarnation, Task
from projects.repository.errors import RepositoryError
from projects.repository.leftovers import remove_half_written, remove_stale_locks
from projects.repository.repository import repository_of
from projects.states import BUILD_FINAL, TASK_LIVE

log = logging.getLogger(__name__)
CORRUPTED, REPAIRED = "alert.data_corruption", "data.repaired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A commit that a row names and the repository does not have, or not with all its files. `what` is `head` or
    `last_green` of the build, or the key of the task whose snapshot it was."""

    build_id: uuid.UUID
    what: str
    commit: str
    task_id: uuid.UUID | None = None


@dataclass(slots=True, kw_only=True)
class Report:
    """What a round saw and did. `unread` are projects whose repository git could not read, with its words."""

    builds: int = 0
    refs: int = 0
    locks: list[str] = field(default_factory=list)
    half_written: int = 0
    missing: list[Missing] = field(default_factory=list)
    repaired: int = 0
    tasks: list[uuid.UUID] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether every commit that a row names is there."""
        return not self.missing and not self.unread


def check_recent() -> Report:
    """The builds that live or ended within the last day."""
    return check(recent())


def check_everything() -> Report:
    """All builds there are, and files that were left half written; at the start and each hour. Four git processes
    a project, and one for each ref that it sets."""
    return check(by_project(Build.objects.all()), thorough=True)


def check(projects: Mapping[uuid.UUID, Iterable[uuid.UUID]], *, thorough: bool = False) -> Report:
    """Takes stale locks away, sets refs from rows, and looks for the commits that the builds and their live tasks name.
    A build's `last_green` that is gone is forgotten; a task that is ready and needs a commit that is gone waits for
    recovery's decision with the kind `data_corruption`."""
    report = Report()
    shared = Incarnation.objects.filter(stopped_at=None).exclude(host=host_name()).exists()
    for project_id, build_ids in projects.items():
        try:
            _clean(project_id, report, shared=shared, thorough=thorough)
            _compare(project_id, list(build_ids), report)
        except RepositoryError as error:
            report.unread[str(project_id)] = str(error)
            log.error("repository.unreadable", extra={"project_id": str(project_id), "error": str(error)})  # noqa: TRY400 - git's words say it all
    return report


def _clean(project_id: uuid.UUID, report: Report, *, shared: bool, thorough: bool) -> None:
    git_dir = repository_of(project_id).git_dir
    if git_dir.exists():
        report.locks += [f"{project_id}: {lock}" for lock in remove_stale_locks(git_dir, shared=shared)]
        report.half_written += remove_half_written(git_dir) if thorough else 0


def _compare(project_id: uuid.UUID, build_ids: list[uuid.UUID], report: Report) -> None:
    repository = repository_of(project_id)
    report.builds += len(build_ids)
    report.refs += reconcile(project_id, build_ids)
    named = list(_named(build_ids))
    commits = {one.commit for one in named}
    gone = repository.missing(commits) | repository.damaged(commits)
    of_build: dict[uuid.UUID, list[Missing]] = defaultdict(list)
    for one in named:
        if one.commit in gone:
            of_build[one.build_id].append(one)
    for build_id, missing in of_build.items():
        _mend(build_id, missing, report)


def _named(build_ids: list[uuid.UUID]) -> Iterable[Missing]:
    """Every commit that the rows name, as if it were missing."""
    builds = Build.objects.filter(pk__in=build_ids).values_list("pk", "head", "last_green")
    for build_id, head, green in builds:
        for what, commit in (("head", head), ("last_green", green)):
            if commit:
                yield Missing(build_id=build_id, what=what, commit=commit)
    tasks = Task.objects.filter(build__in=build_ids, state__in=TASK_LIVE).exclude(build__state__in=BUILD_FINAL)
    for task_id, build_id, key, base, head in tasks.values_list("pk", "build_id", "key", "base", "head"):
        for commit in {base, head} - {""}:
            yield Missing(build_id=build_id, what=key, commit=commit, task_id=task_id)


def _mend(build_id: uuid.UUID, missing: list[Missing], report: Report) -> None:
    report.missing += missing
    for one in missing:
        if one.what == "last_green" and one.task_id is None:
            report.repaired += _forget_green(build_id, one.commit)
        else:
            _say_once(one)
    without_head = any(one.what == "head" and one.task_id is None for one in missing)
    needed_by = {one.task_id for one in missing if one.task_id is not None}
    for task_id, epoch in set_aside(build_id, None if without_head else needed_by):
        report.tasks.append(task_id)
        hooks.decide(hooks.Failure(task_id=task_id, epoch=epoch))


def _say_once(one: Missing) -> None:
    """The alert, unless this build's history has it already."""
    said = Event.objects.filter(build_id=one.build_id, type=CORRUPTED)
    if any(event.payload["commit"] == one.commit for event in said):
        return
    payload = {"what": one.what, "commit": one.commit}
    log.critical("data.corrupted", extra={"build_id": str(one.build_id), **payload})
    happened = Happened(type=CORRUPTED, task_id=one.task_id, payload=payload)
    write(lambda: record(one.build_id, [happened]))


def _forget_green(build_id: uuid.UUID, commit: str) -> bool:
    """A checkpoint that nobody can go back to is none."""
    payload = {"what": "last_green", "commit": commit}

    def apply() -> bool:
        lock_build(build_id)
        happened = Happened(type=REPAIRED, payload=payload)
        return record(build_id, [happened], only_if={"last_green": commit}, last_green="") is not None

    return write(apply)
