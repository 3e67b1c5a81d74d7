"""The fallbacks of work that the build can do without."""

from __future__ import annotations

from projects.engine.workspace import SNAPSHOT
from projects.models import Step, Task

IN_PART, LEFT_OUT = 80, 60


def fallbacks_of(task: Task) -> tuple[int, ...]:
    """80 % keeps what of earlier attempts works, and is there only where they left something; 60 % leaves it out."""
    if task.critical:
        return ()
    left = Step.objects.filter(task=task, kind=SNAPSHOT).exclude(commit="").exists()
    return (IN_PART, LEFT_OUT) if left else (LEFT_OUT,)
