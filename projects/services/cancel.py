"""Cancelling a build: final at once; workers that still run a task of it are fenced and stop."""

from __future__ import annotations

from django.utils import timezone

from autodev.accounts.models import User
from autodev.lib.db import write
from projects.engine.record import lock_build
from projects.engine.settle import Ending, end_build
from projects.models import Build
from projects.services.errors import WrongState
from projects.states import BuildState


def cancel_build(*, build: Build, user: User | None, reason: str = "") -> Build:
    """Gives the cancelled build; one that is cancelled already stays as it is. Raises WrongState where it has ended
    otherwise."""

    def apply() -> Build:
        lock_build(build.pk)
        fresh = Build.objects.get(pk=build.pk)
        if fresh.state == BuildState.CANCELLED:
            return fresh
        ending = Ending(state=BuildState.CANCELLED)
        ended = end_build(fresh, ending, actor=user, why=reason, cancel_requested_at=timezone.now())
        if ended is None:
            raise WrongState(f"The build has ended already: {fresh.get_state_display()}.")
        return ended

    return write(apply)
