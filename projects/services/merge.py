"""A person's word on a change: into the main line, or not at all.

The main line moves by compare-and-swap of `Project.head`. A change whose base is no longer the main line's end is put
together with it first, and proved again as a whole before anything moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.accounts.models import User
from autodev.lib.clock import db_now, utcnow
from autodev.lib.db import write
from autodev.spec.change import three_way
from autodev.spec.schema import Spec
from projects.engine.again import Point, begin_again, found_anew
from projects.engine.finish import HeadMoved
from projects.engine.outcome import NewTask
from projects.engine.plain import plain
from projects.engine.reach import with_dependents
from projects.engine.ready import add_tasks
from projects.engine.record import Happened, lock_build, record
from projects.engine.workspace import point as point_ref
from projects.frozen import keep_current, thaw
from projects.models import Build, BuildOrigin, Project, Task
from projects.pipeline.freezing import freeze
from projects.pipeline.imported_ladder import proves
from projects.pipeline.migration_schemes import migrations_of
from projects.pipeline.stacks import GREEN, PROVES, RED, is_imported
from projects.repository.errors import MergeConflict
from projects.repository.repository import repository_of
from projects.selectors.mainline import BEFORE, DELIVERED, made_by_rules, main_build, main_head, spec_before, stack_of
from projects.services.change import MERGE
from projects.services.errors import ChangeConflict, WrongState
from projects.states import BuildState, Phase

MERGE_TASK = "merge"
MERGE_KIND = "change_merge"


def merge_task(needs: str = "deliver") -> NewTask:
    """The task that merges a change whose gate is green."""
    return NewTask(
        key=MERGE_TASK, kind=MERGE_KIND, phase=Phase.DELIVER, title="Merge it into the main line", needs=[needs],
        estimate_s=1, milestone="Delivered", critical=False,
    )  # fmt: skip


def merge_change(*, build: Build, user: User | None, accept_degraded: bool = False) -> Build:
    """The change is in the main line, and its build is given. Where the main line went on since the change began, the
    build runs again instead: the two are put together, and what was agreed for both is proved; it is merged then by
    itself where all is green. A change that is merged already stays as it is. Raises ChangeConflict with the paths
    where they do not go together, WrongState for what is no change that can be merged: not delivered, discarded, or
    degraded without `accept_degraded`."""
    return found_anew(lambda: _merge(build, user, accept_degraded=accept_degraded))


def discard_change(*, build: Build, user: User | None) -> Build:
    """The change stays out of the main line for good; its build and its commits stay to be looked at. One that was
    discarded already stays as it is. Raises WrongState for what is merged, runs, or is no change."""

    def apply() -> Build:
        lock_build(build.pk)
        fresh = Build.objects.get(pk=build.pk)
        if fresh.discarded_at is not None:
            return fresh
        if fresh.origin != BuildOrigin.CHANGE or fresh.merged_at is not None:
            raise WrongState("Only a change that is not merged can be discarded.", hint="Undo a merged one.")
        if not fresh.is_final:
            raise WrongState("The change is still being made.", hint="Cancel it first.")
        discarded = record(fresh.pk, [Happened(type="change.discarded")], actor=user, discarded_at=db_now())
        return discarded or fresh

    return write(apply)


def move_main_line(build: Build, *, head: str, user: User | None) -> bool:
    """In the caller's transaction: the main line goes from `head` to the build's, with the event. False where it was
    moved meanwhile. The caller holds the build's row and has seen that the build's head has `head` in its history."""
    project = Project.objects.get(pk=build.project_id)
    if main_head(project) != head:
        return False
    if not Project.objects.filter(pk=project.pk, head=project.head).update(head=build.head):
        return False
    told = {"from": head, "to": build.head, "degraded": bool(build.degraded)}
    moved: dict[str, Any] = {"merged_at": db_now(), "merged_by": user.pk if user else None, "merged_commit": build.head}
    record(build.pk, [Happened(type="change.merged", payload=told)], actor=user, base=head, **moved)
    for earlier in _branch_below(build):
        lock_build(earlier.pk)
        if not Build.objects.filter(pk=earlier.pk, merged_at=None, discarded_at=None).exists():
            continue  # somebody was quicker
        payload = {**told, "with": str(build.pk)}
        record(
            earlier.pk, [Happened(type="change.merged", payload=payload)], actor=user,
            **{**moved, "merged_commit": earlier.head},
        )  # fmt: skip
    return True


def _merge(build: Build, user: User | None, *, accept_degraded: bool) -> Build:
    """Raises HeadMoved too."""
    fresh = Build.objects.select_related("project").get(pk=build.pk)
    if fresh.merged_at is not None:
        return fresh
    _refuse(fresh, accept_degraded=accept_degraded)
    repository = repository_of(fresh.project_id)
    head = main_head(fresh.project)
    if not repository.has_ancestor(fresh.head, head):
        return _together(fresh, head, user, accept_degraded=accept_degraded)

    def apply() -> Build:
        held = _held(fresh)
        _refuse(held, accept_degraded=accept_degraded)
        if not move_main_line(held, head=head, user=user):
            raise HeadMoved
        return Build.objects.get(pk=held.pk)

    merged = write(apply)
    point_ref(repository, "main", merged.head)
    return merged


def _refuse(build: Build, *, accept_degraded: bool) -> None:
    if build.origin != BuildOrigin.CHANGE:
        raise WrongState("Only a change can be merged; a first build is the main line already.")
    if build.discarded_at is not None:
        raise WrongState("The change was discarded.", hint="Start it again.")
    if build.state not in DELIVERED:
        state = build.get_state_display().lower()
        raise WrongState(f"The change is {state}; only one that is delivered can be merged.")
    if build.state == BuildState.DEGRADED and not accept_degraded:
        raise WrongState(
            "The change is degraded: not all that it should do is proved.",
            hint="Look at what is not met, and say that you take it so (accept_degraded), or discard it.",
        )


def _together(build: Build, head: str, user: User | None, *, accept_degraded: bool) -> Build:
    """The change on the end of the main line, to be proved again: what rules made is made anew there, what a model made
    is merged. Raises ChangeConflict, WrongState, HeadMoved."""
    spec, before = _specs(build)
    stack = _stack(build, spec, before)
    again, commit = ("implement", head) if made_by_rules(build) else ("validate", _merged_commit(build, head, stack))

    def apply() -> Build:
        held = _held(build)
        _refuse(held, accept_degraded=accept_degraded)
        if main_head(held.project) != head:
            raise HeadMoved
        keep_current(held)
        thaw(held)
        freeze(held, spec, stack)
        Task.objects.filter(build=held, key="research").update(result=plain(stack))
        read = Task.objects.get(build=held, key="understand")
        Task.objects.filter(pk=read.pk).update(result={**read.result, BEFORE: before})
        add_tasks(held.pk, [merge_task()])
        first = Task.objects.filter(build=held, key__in=[again, MERGE_TASK])
        tasks = with_dependents(held.pk, list(first.values_list("pk", flat=True)))
        phase = Phase.IMPLEMENT if again == "implement" else Phase.VALIDATE
        point = Point(tasks=tasks, head=commit, seen=build.head, phase=phase)
        happened = Happened(type="change.put_together", payload={"main": head, "commit": commit, "again": again})
        changes: dict[str, Any] = {
            "base": head,
            "spec": plain(spec.model_dump(mode="json")),
            "plan": {**held.plan, BEFORE: before},
            "options": {**held.options, MERGE: True},
            "merged_by": user.pk if user else None,
        }
        return begin_again(held, point, happened=happened, actor=user, **changes)

    return write(apply)


def _merged_commit(build: Build, head: str, stack: Mapping[str, Any]) -> str:
    """Raises ChangeConflict."""
    repository = repository_of(build.project_id)
    folder = migrations_of(stack)
    if folder:
        new = [
            {change.path for change in repository.changes(build.base, end) if change.path.startswith(folder)}
            for end in (head, build.head)
        ]
        if all(new):
            raise ChangeConflict(sorted(new[0] | new[1]), why="The main line and the change both changed the tables.")
    try:
        return repository.merge(head, build.head, message=f"Merge: {build.idea[:120]}\n", date=utcnow())
    except MergeConflict as conflict:
        raise ChangeConflict(conflict.paths) from conflict


def _specs(build: Build) -> tuple[Spec, Any]:
    """What is wanted of both together, and what was wanted of the main line. Raises ChangeConflict."""
    main = main_build(build.project)
    if main is None or main.spec is None or build.spec is None:
        raise WrongState("What is wanted of the main line is not known.")
    base = Spec.model_validate(spec_before(build) or main.spec)
    try:
        spec = three_way(base, Spec.model_validate(main.spec), Spec.model_validate(build.spec))
    except ValueError as error:
        raise ChangeConflict([], why=f"What is wanted does not go together: {str(error).splitlines()[0]}") from error
    return spec, main.spec


def _stack(build: Build, spec: Spec, before: Any) -> dict[str, Any]:
    """The change's own stack; of an imported repository, what was green is what the main line has green."""
    stack = stack_of(build)
    main = main_build(build.project)
    if not is_imported(stack) or main is None:
        return stack
    measured = stack_of(main)
    return {**stack, GREEN: measured[GREEN], RED: measured[RED], PROVES: proves(Spec.model_validate(before), spec)}


def _held(build: Build) -> Build:
    lock_build(build.pk)
    return Build.objects.select_related("project").get(pk=build.pk)


def _branch_below(build: Build) -> list[Build]:
    """The changes that this one continues and that are in its history, but not merged: they are merged with it."""
    found: list[Build] = []
    one = build.parent
    while one is not None and one.origin == BuildOrigin.CHANGE and one.merged_at is None and one.discarded_at is None:
        if not one.head or not repository_of(build.project_id).has_ancestor(build.head, one.head):
            break
        found.append(one)
        one = one.parent
    return found
