"""The row of a build that may begin again."""

from __future__ import annotations

from projects.engine.record import lock_build
from projects.models import Build
from projects.services.errors import WrongState
from projects.states import BuildState


def held(build: Build, *, verb: str) -> Build:
    """The build's row, taken and read anew. Raises WrongState for a cancelled one, and for a change that a person has
    merged or discarded: what is wanted of the main line must stay what it was proved with. Others that have ended may
    begin again. `verb` says what cannot be done, as "rolled back"."""
    lock_build(build.pk)
    fresh = Build.objects.get(pk=build.pk)
    if fresh.state == BuildState.CANCELLED:
        raise WrongState(f"A cancelled build cannot be {verb}.")
    if fresh.merged_at is not None:
        raise WrongState(f"A merged change cannot be {verb}.", hint="Undo it, or ask for another change.")
    if fresh.discarded_at is not None:
        raise WrongState(f"A discarded change cannot be {verb}.", hint="Ask for the change again.")
    return fresh
