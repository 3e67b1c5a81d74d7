"""What a task waits for, in plain words."""

from __future__ import annotations

from django import template

from projects.models import Task
from projects.waits import Wait, wait_of

register = template.Library()


@register.filter
def wait(task: Task) -> Wait | None:
    """None where it does not wait."""
    return wait_of(task)
