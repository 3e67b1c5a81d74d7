"""Pausing and resuming a build. A pause takes its tasks out of the ready set; what runs is finished."""

from __future__ import annotations

from autodev.accounts.models import User
from autodev.lib.db import write
from projects.engine.ready import make_ready
from projects.engine.record import Happened, lock_build, record
from projects.engine.settle import settle
from projects.models import Build
from projects.services.errors import WrongState
from projects.states import BuildState


def pause_build(*, build: Build, user: User | None) -> Build:
    """QUEUED or RUNNING → PAUSED. A paused build stays as it is. Raises WrongState for one that has ended."""

    def apply() -> Build:
        going = {"state__in": [BuildState.QUEUED, BuildState.RUNNING]}
        paused = record(
            build.pk, [Happened(type="build.paused")], actor=user, only_if=going, ring=True, state=BuildState.PAUSED
        )
        return paused or _unless(build, BuildState.PAUSED, "paused")

    return write(apply)


def resume_build(*, build: Build, user: User | None) -> Build:
    """PAUSED → RUNNING (QUEUED if it never ran). A build that runs stays as it is. Raises WrongState for one that has
    ended."""

    def apply() -> Build:
        lock_build(build.pk)
        started = Build.objects.values_list("started_at", flat=True).get(pk=build.pk)
        resumed = record(
            build.pk, [Happened(type="build.resumed")], actor=user, only_if={"state": BuildState.PAUSED}, ring=True,
            state=BuildState.RUNNING if started else BuildState.QUEUED,
        )  # fmt: skip
        if resumed is None:
            return _unless(build, BuildState.RUNNING, "resumed", BuildState.QUEUED)
        make_ready(build.pk)
        return settle(build.pk) or resumed

    return write(apply)


def _unless(build: Build, wanted: BuildState, verb: str, *also: BuildState) -> Build:
    fresh = Build.objects.get(pk=build.pk)
    if fresh.state not in {wanted, *also}:
        raise WrongState(f"A build that is {fresh.get_state_display().lower()} cannot be {verb}.")
    return fresh
