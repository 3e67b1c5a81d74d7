"""The Spec of a build and its revisions."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from autodev.accounts.errors import NotFound
from autodev.lib.clock import utcnow
from projects import review
from projects.models import Build, Origin, SpecRevision, Step, Task
from projects.states import TASK_DONE, TASK_LIVE, Phase


def current_revision(build: Build) -> SpecRevision | None:
    """The revision that is the build's Spec; None before the idea was read. What an analysis gave becomes a row when
    somebody changes or approves it, and is given without one until then. One query, two without a row."""
    if build.spec is None:
        return None
    newest = build.spec_revisions.select_related("author", "approved_by").order_by("-number").first()
    if newest is not None and newest.spec == build.spec:
        return newest
    read = Task.objects.filter(build=build, phase=Phase.UNDERSTAND, key="understand").first()
    made = SpecRevision(build=build, number=newest.number + 1 if newest else 1, origin=Origin.ANALYSIS, spec=build.spec)
    made.created_at = (read.finished_at if read else None) or build.started_at or utcnow()
    return made


def revisions_of(build: Build) -> list[SpecRevision]:
    """Every revision, newest first, without the evidence."""
    current = current_revision(build)
    if current is None:
        return []
    earlier = build.spec_revisions.filter(number__lt=current.number).select_related("author", "approved_by")
    return [current, *earlier.defer("evidence").order_by("-number")]


def revision_of(build: Build, number: int) -> SpecRevision:
    """The revision of that number. Raises NotFound."""
    current = current_revision(build)
    if current is not None and current.number == number:
        return current
    found = build.spec_revisions.select_related("author", "approved_by").filter(number=number).first()
    if found is None:
        raise NotFound(f"The Spec has no revision {number}.")
    return found


def made_from(revisions: Iterable[SpecRevision], step: Step) -> SpecRevision | None:
    """Of the revisions, newest first, the one that the step worked with; None where it is older than all of them."""
    return next((revision for revision in revisions if revision.created_at <= step.created_at), None)


def being_read(build: Build) -> bool:
    """Whether the idea is read (again): a Spec that somebody edits meanwhile would be overwritten."""
    return Task.objects.filter(build=build, key="understand").exclude(state__in=TASK_DONE).exists()


def awaits_approval(build: Build) -> bool:
    """Whether the build stands before its review: the idea was read, and nobody has approved the Spec."""
    unread = Task.objects.filter(build=OuterRef("build"), key="understand").exclude(state__in=TASK_DONE)
    waiting = Task.objects.filter(~Exists(unread), build=build, key=review.KEY, state__in=TASK_LIVE)
    if build.spec is None or build.is_final or not waiting.exists():
        return False
    current = current_revision(build)
    return current is not None and current.approved_at is None
