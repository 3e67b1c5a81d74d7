"""What must hold, of each state and of each move: DESIGN §3 and the invariants I1 to I8 of the durable engine, as far
as they are about tasks, leases and decisions."""

from __future__ import annotations

from collections.abc import Callable

from tests.model import rows
from tests.model.protocol import BROKEN, CANCELLED, DONE, GOING, PAUSED, SECOND, Move, System, needs_done

MAX_ATTEMPTS, MAX_CRASHES = 5, 3


def one_writer(system: System) -> bool:
    """I1: only the current epoch's owner writes."""
    return all(row.strangers == 0 for row in system.tasks)


def done_once(system: System) -> bool:
    """No double effect: a task's work reaches the build at most once."""
    return all(row.merges <= 1 for row in system.tasks)


def decided_once(system: System) -> bool:
    """One decision for a failed epoch."""
    return all(row.decisions <= 1 for row in system.tasks)


def nothing_waits_for_a_message(system: System) -> bool:
    """I2: a live task has a lease, a timer or a wait with its reason, or waits for a task that is alive itself."""
    for which, row in enumerate(system.tasks):
        if row.state == rows.WAITING and not row.wait:
            return False
        if row.state != rows.WAITING and (row.wait or row.due):
            return False
        if row.state != rows.RUNNING and row.expired:
            return False
        if row.state == rows.PENDING and (which != SECOND or needs_done(system.tasks)):
            return False
    return True


def dependents_run_after_their_needs(system: System) -> bool:
    """The second task is not READY, RUNNING, WAITING or done before the first is, or its part."""
    if len(system.tasks) <= SECOND:
        return True
    begun = system.tasks[SECOND].state not in {rows.PENDING, rows.CANCELLED, "absent"}
    return needs_done(system.tasks) or not begun


def budgets_hold(system: System) -> bool:
    """I7: attempts at most 5, crashes at most 3, and the third is the last."""
    return all(
        row.attempts <= MAX_ATTEMPTS
        and row.crashes <= MAX_CRASHES
        and (row.crashes < MAX_CRASHES or row.state not in rows.LIVE)
        for row in system.tasks
    )


def success_is_true(system: System) -> bool:
    """A task is SUCCEEDED with all its steps and one merge; a build only where all its tasks are done."""
    if any(row.state == rows.SUCCEEDED and row.merges != 1 for row in system.tasks):
        return False
    if system.build == DONE:
        return all(row.state in {rows.SUCCEEDED, rows.SUPERSEDED, "absent"} for row in system.tasks)
    return True


def ended_builds_rest(system: System) -> bool:
    """I12: nothing is alive in a build that has ended."""
    return system.build in {GOING, PAUSED} or not any(row.state in rows.LIVE for row in system.tasks)


def ends_stay(before: System, move: Move) -> bool:
    """I3: a final state never changes, of a task or a build."""
    if before.build in {DONE, BROKEN, CANCELLED} and move.after.build != before.build:
        return False
    return all(
        now.state == was.state
        for was, now in zip(before.tasks, move.after.tasks, strict=True)
        if was.state in rows.FINAL or was.state == rows.QUARANTINED
    )


def epochs_never_fall(before: System, move: Move) -> bool:
    """I6."""
    return all(now.epoch >= was.epoch for was, now in zip(before.tasks, move.after.tasks, strict=True))


def no_step_is_lost(before: System, move: Move) -> bool:
    """I4 and I5: keys are added one by one; only a decision to begin afresh sets them back."""
    return all(
        was.steps <= now.steps <= was.steps + 1 or "begins afresh" in move.label
        for was, now in zip(before.tasks, move.after.tasks, strict=True)
    )


STATES: dict[str, Callable[[System], bool]] = {
    one.__name__: one
    for one in (
        one_writer, done_once, decided_once, nothing_waits_for_a_message, dependents_run_after_their_needs,
        budgets_hold, success_is_true, ended_builds_rest,
    )
}  # fmt: skip
MOVES: dict[str, Callable[[System, Move], bool]] = {
    one.__name__: one for one in (ends_stay, epochs_never_fall, no_step_is_lost)
}
