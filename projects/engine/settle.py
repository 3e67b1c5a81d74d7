"""How a build ends: derived from the facts of its tasks, in the transaction that made the last of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import F

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from projects.engine.progress import Tally, tally
from projects.engine.record import Happened, record
from projects.models import Attempt, AttemptOutcome, Build, Task
from projects.states import BUILD_LIVE, TASK_BROKEN, TASK_LIVE, BuildState, TaskState

NO_VERDICT = "The build ended without a verdict of its gate."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a build ends. `broken` says what failed, `degraded` what was not met."""

    state: BuildState
    broken: Sequence[str] = ()
    degraded: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What decides: the critical tasks that broke, whether any task may still run, and the newest verdict."""

    broken: Sequence[str] = ()
    live: bool = False
    verdict: str = ""
    degraded: Sequence[str] = field(default=())


def conclude(facts: Facts) -> Ending | None:
    """The ending, or None while something may still run. Only a gate's verdict makes a success."""
    if facts.broken:
        return Ending(state=BuildState.FAILED, broken=facts.broken)
    if facts.live:
        return None
    if facts.verdict == BuildState.SUCCEEDED and not facts.degraded:
        return Ending(state=BuildState.SUCCEEDED)
    if facts.verdict in {BuildState.SUCCEEDED, BuildState.DEGRADED}:
        return Ending(state=BuildState.DEGRADED, degraded=facts.degraded)
    if facts.verdict == BuildState.FAILED:
        return Ending(state=BuildState.FAILED, broken=facts.degraded or [NO_VERDICT])
    return Ending(state=BuildState.FAILED, broken=[NO_VERDICT])


def settle(build_id: uuid.UUID, tasks: Tally | None = None) -> Build | None:
    """Ends the build if its facts say so. The caller holds the build's row and may have read `tasks` under it. Gives
    the build where it ended."""
    tasks = tasks or tally(build_id)
    if tasks.live and not tasks.broken:
        return None
    build = Build.objects.get(pk=build_id)
    facts = gather(build)
    ending = conclude(facts)
    if ending is None or build.is_final:
        return None
    if build.state == BuildState.PAUSED and ending.state != BuildState.FAILED:
        return None
    return end_build(build, ending)


def gather(build: Build) -> Facts:
    """Reads the facts of the build."""
    tasks = Task.objects.filter(build=build)
    broken = [
        f"{title}: {error or 'failed'}"
        for title, error in tasks.filter(state__in=TASK_BROKEN, critical=True).values_list("title", "last_error")
    ]
    if broken or tasks.filter(state__in=TASK_LIVE).exists():
        return Facts(broken=broken, live=not broken)
    done = tasks.filter(state__in=[TaskState.SUCCEEDED, TaskState.DEGRADED], result__has_key="verdict")
    last = done.order_by("finished_at").last()
    verdict = last.result.get("verdict", "") if last else ""
    return Facts(verdict=verdict, degraded=build.degraded)


def end_build(
    build: Build, ending: Ending, *, actor: User | None = None, why: str = "", **changes: object
) -> Build | None:
    """Sets the final state, once, and cancels what is left. The caller holds the build's row."""
    cancel_tasks(build.pk)
    if ending.state in {BuildState.SUCCEEDED, BuildState.DEGRADED}:
        changes["progress"] = 100
    return record(
        build.pk,
        [Happened(type=f"build.{ending.state}", payload={"errors": list(ending.broken), "reason": why})],
        actor=actor,
        only_if={"state__in": list(BUILD_LIVE)},
        ring=True,
        state=ending.state,
        finished_at=db_now(),
        current_task="",
        errors=[*build.errors, *(error for error in ending.broken if error not in build.errors)],
        degraded=list(dict.fromkeys([*build.degraded, *ending.degraded])),
        **changes,
    )


def cancel_tasks(build_id: uuid.UUID) -> int:
    """Every live task of the build becomes CANCELLED. The epoch rises, so that a worker that still runs one is
    fenced."""
    Attempt.objects.filter(task__build_id=build_id, outcome=AttemptOutcome.RUNNING).update(
        outcome=AttemptOutcome.CANCELLED, finished_at=db_now()
    )
    return Task.objects.filter(build_id=build_id, state__in=TASK_LIVE).update(
        state=TaskState.CANCELLED,
        epoch=F("epoch") + 1,
        lease_owner="",
        lease_expires_at=None,
        next_run_at=None,
        wait_reason="",
        finished_at=db_now(),
    )
