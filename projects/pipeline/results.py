"""What earlier tasks of a build gave."""

from __future__ import annotations

from typing import Any

from projects.engine.context import TaskContext
from projects.models import Task


def result_of(ctx: TaskContext, key: str) -> dict[str, Any]:
    """The result of the build's task of that key. Raises Task.DoesNotExist."""
    return dict(Task.objects.values_list("result", flat=True).get(build_id=ctx.build.pk, key=key))
