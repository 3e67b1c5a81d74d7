"""The main line of a project: where it stands, what it is wanted to do, and what is not in it yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from projects.models import Build, BuildOrigin, Evidence, Project, Task
from projects.states import BuildState

# What the stack of an imported repository holds beside: its manifest, and how its tests came out.
MANIFEST, GREEN, RED = "manifest", "green", "red"
DELIVERED = (BuildState.SUCCEEDED, BuildState.DEGRADED)
# In the plan of a change: the Spec as it was before it.
BEFORE = "before"


def main_head(project: Project) -> str:
    """The commit of the main line as it is now; of a project from before there was one, what its newest first build
    delivered. Empty where nothing was delivered."""
    head = Project.objects.values_list("head", flat=True).get(pk=project.pk)
    if head:
        return head
    newest = _first_builds(project).order_by("-finished_at", "-number").first()
    return newest.head if newest is not None else ""


def main_build(project: Project) -> Build | None:
    """The build whose Spec and stack are the main line's: the change that was merged last, else the first build that
    was delivered."""
    merged = Build.objects.filter(project=project).exclude(merged_at=None).order_by("-merged_at", "-number").first()
    if merged is not None:
        return merged
    builds = _first_builds(project)
    if project.head:
        return builds.filter(head=project.head).first() or builds.order_by("finished_at", "number").first()
    return builds.order_by("-finished_at", "-number").first()


def on_main_line(build: Build) -> bool:
    """Whether what the build made is in the main line."""
    if build.merged_at is not None:
        return True
    main = main_build(build.project)
    if build.origin == BuildOrigin.CHANGE or main is None:
        return False
    return build.pk == main.pk or (main.origin == BuildOrigin.CHANGE and build.head == _root_of(main))


def stack_of(build: Build) -> dict[str, Any]:
    """The blueprint, versions and lock that the build's product is made of; empty where none was chosen. Of an imported
    repository also which of its tests were green and red at the build's head."""
    row = Task.objects.filter(build=build, key="research").values_list("result", flat=True).first()
    return {**(row or {}), **(_measured(build) if row and MANIFEST in row else {})}


def _measured(build: Build) -> dict[str, Any]:
    rows = Evidence.objects.filter(check_row__build=build, check_row__key="tests", commit=build.head)
    newest = rows.order_by("created_at", "id").last()
    metrics = newest.details.get("metrics", {}) if newest is not None else {}
    return {GREEN: metrics.get(GREEN, []), RED: metrics.get(RED, [])}


# The tasks in which models have their part; those of a division are `extend.2`, …
BY_MODEL = frozenset({"extend", "test", "document", "repair", "refine", "amend"})


def made_by_rules(build: Build) -> bool:
    """Whether rules made all of a change and no model has a part in it: it can be made anew on other files, and taken
    back, by what it means instead of by its lines."""
    results = dict(Task.objects.filter(build=build).values_list("key", "result"))
    others = (result or {} for key, result in results.items() if key.partition(".")[0] in BY_MODEL)
    kept = any(one.get("kept") or "green" in one for one in others)
    return bool((results.get("implement") or {}).get("paths")) and not kept


def spec_before(build: Build) -> Mapping[str, Any] | None:
    """Of a change, the Spec that it changed."""
    found: Mapping[str, Any] | None = build.plan.get(BEFORE)
    return found


def changes_of(project: Project) -> QuerySet[Build]:
    """The project's changes, newest first."""
    changes = Build.objects.filter(project=project, origin=BuildOrigin.CHANGE)
    return changes.select_related("created_by", "merged_by").order_by("-number")


def _first_builds(project: Project) -> QuerySet[Build]:
    delivered = Build.objects.filter(project=project, state__in=DELIVERED).exclude(head="")
    return delivered.exclude(origin=BuildOrigin.CHANGE)


def _root_of(build: Build) -> str:
    """The head of the first build that a chain of changes began with."""
    seen: set[object] = set()
    one: Build | None = build
    while one is not None and one.parent is not None and one.pk not in seen:
        seen.add(one.pk)
        one = one.parent
    return one.head if one is not None else ""
