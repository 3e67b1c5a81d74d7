"""What of a change's shortfalls is none of its own: the gate said it of what it began with, too."""

from __future__ import annotations

from autodev.sandbox import Isolation
from projects.checks.gate import Verdict
from projects.checks.gate_rows import verdict
from projects.models import Build, BuildOrigin


def before_the_change(build: Build, word: Verdict, *, min_level: Isolation) -> list[str]:
    """A sentence for each that stood before the change began; none for a first build."""
    if build.origin != BuildOrigin.CHANGE or not word.degraded:
        return []
    began = Build.objects.filter(project_id=build.project_id, head=build.base).exclude(pk=build.pk)
    base = began.order_by("-number").first()
    if base is None:
        return []
    stood = set(verdict(base, min_level=min_level).degraded)
    return [f"Not of this change, it was so before: {said}" for said in word.degraded if said in stood]
