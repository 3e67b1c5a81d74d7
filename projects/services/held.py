"""The row of a build that may begin again."""

from __future__ import annotations

from projects.engine.record import lock_build
from projects.models import Build
from projects.services.errors import WrongState
from projects.states import BuildState


def held(build: Build, *, verb: str) -> Build:
    """The build's row, taken and read anew. Raises WrongState for a cancelled one; others that have ended may begin
    again. `verb` says what cannot be done, as "rolled back"."""
    lock_build(build.pk)
    fresh = Build.objects.get(pk=build.pk)
    if fresh.state == BuildState.CANCELLED:
        raise WrongState(f"A cancelled build cannot be {verb}.")
    return fresh
