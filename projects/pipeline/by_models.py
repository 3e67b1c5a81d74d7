"""What models changed in a product so far, and who."""

from __future__ import annotations

from projects.engine.context import TaskContext
from projects.models import BuildOrigin, Task
from projects.repository.repository import repository_of
from providers import selectors
from providers.states import CallOutcome

MADE = "implement"
KINDS = ("extend", "change_extend", "test", "document", "repair", "amend")
DELETED = "D"


def made_at(ctx: TaskContext) -> str:
    """The commit that the blueprint left, empty where there is none. Of a change: what the rules left of it, or what it
    began with where they had nothing to make, or where it was put together with a main line that went on."""
    build = ctx.build
    head = str(Task.objects.filter(build_id=build.pk, key=MADE).values_list("head", flat=True).first() or "")
    if build.origin != BuildOrigin.CHANGE:
        return head
    stands = head and repository_of(build.project_id).has_ancestor(head, build.base)
    return head if stands else build.base


def changed_since_made(ctx: TaskContext) -> list[str]:
    """The paths that differ between what the blueprint left and what this task began with, without the deleted ones."""
    made, base = made_at(ctx), ctx.workspace.base
    if not made or made == base:
        return []
    changes = repository_of(ctx.build.project_id).changes(made, base)
    return sorted(change.path for change in changes if change.status != DELETED)


def makers(ctx: TaskContext) -> list[str]:
    """The providers whose answers the build's work is made from."""
    tasks = Task.objects.filter(build_id=ctx.task.build_id, kind__in=KINDS)
    named = {str(result["provider"]) for result in tasks.values_list("result", flat=True) if result.get("provider")}
    calls = selectors.calls(ctx.build.workspace_id, build_id=ctx.task.build_id, outcome=CallOutcome.SUCCEEDED)
    answered = calls.filter(task_id__in=tasks.values("pk")).order_by().values_list("provider_name", flat=True)
    return sorted(named | set(answered.distinct()))
