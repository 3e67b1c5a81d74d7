"""The end of a change that is to be merged by itself: where its gate is green, and the main line still stands where the
change began."""

from __future__ import annotations

from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.engine.record import lock_build
from projects.engine.workspace import point
from projects.models import Build
from projects.pipeline.results import result_of
from projects.repository.repository import repository_of
from projects.selectors.mainline import main_head
from projects.services.merge import move_main_line
from projects.states import BuildState


def run(ctx: TaskContext) -> Outcome:
    """What is not green, or comes too late, is left for a person; that is no failure."""
    build = ctx.build
    if build.merged_at is not None:
        return Succeeded(result={"merged": True}, merge=False)
    if result_of(ctx, "deliver")["verdict"] != BuildState.SUCCEEDED:
        return _left("It is not merged by itself, as its gate is not green.")
    head = main_head(build.project)
    repository = repository_of(build.project_id)
    if not repository.has_ancestor(build.head, head):
        return _left("It is not merged by itself, as the main line went on meanwhile: merge it again.")

    def move() -> bool:
        lock_build(build.pk)
        fresh = Build.objects.select_related("project", "merged_by", "created_by").get(pk=build.pk)
        return move_main_line(fresh, head=head, user=fresh.merged_by or fresh.created_by)

    if not ctx.write(move):
        return _left("It is not merged by itself, as the main line went on meanwhile: merge it again.")
    point(repository, "main", build.head)
    return Succeeded(result={"merged": True, "commit": build.head}, merge=False)


def _left(why: str) -> Outcome:
    return Succeeded(result={"merged": False, "reason": why}, build_updates={"warnings": [why]}, merge=False)
