"""One task's row and what each of the engine's statements does to it: pure functions of plain data, which give the row
afterwards, or None where the guard lets zero rows through. Each names the function whose guard it mirrors."""

from __future__ import annotations

from typing import NamedTuple

PENDING, READY, RUNNING, WAITING = "pending", "ready", "running", "waiting"
SUCCEEDED, SUPERSEDED, QUARANTINED = "succeeded", "superseded", "quarantined"
FAILED, CANCELLED = "failed", "cancelled"
FINAL = frozenset({SUCCEEDED, SUPERSEDED, FAILED, CANCELLED})
LIVE = frozenset({PENDING, READY, RUNNING, WAITING})
BROKEN = frozenset({FAILED, QUARANTINED})
# Why a row waits: recovery has not decided, a time, a person.
RECOVERY, TIMER, PERSON = "recovery", "timer", "person"


class Guards(NamedTuple):
    """What the statements compare. Without `fence` a worker's writes compare nothing, without `epoch` only that the
    task is RUNNING; without `cas` a decision compares nothing. They are there to see that the search finds what
    follows."""

    fence: bool = True
    epoch: bool = True
    cas: bool = True


class Limits(NamedTuple):
    """The budgets; `waits` stands for the build's deadline, `keys` is how many steps the work has, `unclear` how many
    deaths of its worker may blame nobody before one counts."""

    attempts: int = 5
    crashes: int = 3
    waits: int = 1
    keys: int = 2
    unclear: int = 0


class Row(NamedTuple):
    """Of projects_task what decides. `expired` and `due` say that the moment has come by the database's clock. `steps`
    are the journal's first keys. What follows them no statement reads: `merges` counts ends that brought work into the
    build, `decisions` those on this epoch's failure, `strangers` writes from another epoch than the row's, `unclear`
    deaths of its worker that blame nobody (the attempts' rows say it)."""

    state: str
    epoch: int = 0
    expired: bool = False
    wait: str = ""
    due: bool = False
    attempts: int = 0
    crashes: int = 0
    waits: int = 0
    steps: int = 0
    merges: int = 0
    decisions: int = 0
    strangers: int = 0
    unclear: int = 0


def claim(row: Row) -> Row | None:
    """projects.engine.claim.CLAIM: READY → RUNNING, the epoch rises."""
    if row.state != READY:
        return None
    return row._replace(state=RUNNING, epoch=row.epoch + 1, expired=False, wait="", due=False, decisions=0)


def renew(row: Row) -> Row | None:
    """projects.engine.lease.HeldLeases.renew: by owner and RUNNING, the epoch is read afterwards."""
    return row._replace(expired=False) if row.state == RUNNING else None


def _fenced(row: Row, epoch: int, guards: Guards) -> Row | None:
    """projects.engine.fence.fence and the first UPDATE of projects.engine.finish._leave: id, epoch and RUNNING."""
    current = row.state == RUNNING and row.epoch == epoch
    if guards.fence and (row.state != RUNNING or (guards.epoch and not current)):
        return None
    return row if current else row._replace(strangers=row.strangers + 1)


def step(row: Row, epoch: int, known: int, guards: Guards) -> Row | None:
    """projects.engine.journal.Journal.record: the effect and its step in one transaction behind the fence; the key is
    unique for the task, so that None may also be an IntegrityError."""
    ours = _fenced(row, epoch, guards)
    if ours is None or ours.steps > known:
        return None
    return ours._replace(steps=known + 1)


def succeed(row: Row, epoch: int, guards: Guards) -> Row | None:
    """projects.engine.finish.succeed: RUNNING → SUCCEEDED (DEGRADED takes the same way), its work merged."""
    ours = _fenced(row, epoch, guards)
    return None if ours is None else ours._replace(state=SUCCEEDED, expired=False, merges=ours.merges + 1)


def fail(row: Row, epoch: int, guards: Guards, *, outside: bool = False) -> Row | None:
    """projects.engine.finish.fail_attempt: RUNNING → WAITING(recovery); what is `outside` spends a wait, all else an
    attempt."""
    ours = _fenced(row, epoch, guards)
    if ours is None:
        return None
    spent = {"waits": ours.waits + 1} if outside else {"attempts": ours.attempts + 1}
    return ours._replace(state=WAITING, expired=False, wait=RECOVERY, due=False, **spent)


def release(row: Row, epoch: int, guards: Guards) -> Row | None:
    """projects.engine.finish.release: RUNNING → READY at a shutdown."""
    ours = _fenced(row, epoch, guards)
    return None if ours is None else ours._replace(state=READY, expired=False)


def _revoked(row: Row, epoch: int) -> Row | None:
    """projects.engine.revoke._revoke: id, epoch and RUNNING; the epoch rises."""
    if row.state != RUNNING or row.epoch != epoch:
        return None
    return row._replace(epoch=row.epoch + 1, expired=False, decisions=0)


def revoke_lost(
    row: Row, epoch: int, crashes: int, limits: Limits, *, counts: bool = True, apart: bool = False
) -> Row | None:
    """projects.engine.revoke.revoke_lost: READY again, QUARANTINED at the last crash that `counts`, WAITING where those
    that died together are tried `apart`. `crashes` is what the sweeper read, maybe long ago; the count itself is raised
    in the row."""
    ours = _revoked(row, epoch)
    if ours is None:
        return None
    ours = ours._replace(crashes=ours.crashes + int(counts), unclear=ours.unclear + int(not counts))
    if counts and crashes + 1 >= limits.crashes:
        return ours._replace(state=QUARANTINED)
    return ours._replace(state=WAITING, wait=TIMER, due=False) if apart else ours._replace(state=READY)


def revoke_stalled(row: Row, epoch: int) -> Row | None:
    """projects.engine.revoke.revoke_stalled: RUNNING → WAITING(recovery), an attempt is spent."""
    ours = _revoked(row, epoch)
    return None if ours is None else ours._replace(state=WAITING, wait=RECOVERY, due=False, attempts=ours.attempts + 1)


def wake(row: Row, epoch: int) -> Row | None:
    """projects.engine.wake.wake: id, epoch, WAITING and the same next_run_at, which stands here for the reason."""
    if row.state != WAITING or row.epoch != epoch or row.wait != TIMER or not row.due:
        return None
    return row._replace(state=READY, wait="", due=False)


def _decided(row: Row, epoch: int, guards: Guards) -> Row | None:
    """projects.engine.decided.undecided: id, epoch and WAITING for recovery, or for a person whose time is over."""
    open_ = row.wait == RECOVERY or (row.wait == PERSON and row.due)
    undecided = row.state == WAITING and row.epoch == epoch and open_
    return row._replace(decisions=row.decisions + 1) if undecided or not guards.cas else None


def retry(row: Row, epoch: int, guards: Guards, *, at_once: bool = False, fresh: bool = False) -> Row | None:
    """projects.engine.decisions.retry: READY at once, or a timer runs; with `fresh` the journal is set back."""
    ours = _decided(row, epoch, guards)
    if ours is None:
        return None
    state, wait = (READY, "") if at_once else (WAITING, TIMER)
    return ours._replace(state=state, wait=wait, due=False, steps=0 if fresh else ours.steps)


def ask_person(row: Row, epoch: int, guards: Guards) -> Row | None:
    """projects.engine.decisions.ask_person: waits for a person, with an end; the decision itself comes later."""
    ours = _decided(row, epoch, guards)
    return None if ours is None else ours._replace(state=WAITING, wait=PERSON, due=False, decisions=row.decisions)


def postpone(row: Row, epoch: int, guards: Guards) -> Row | None:
    """projects.engine.decisions.postpone: nobody decided yet, recovery is asked again later."""
    ours = _decided(row, epoch, guards)
    return None if ours is None else ours._replace(due=False, decisions=row.decisions)


def give_up(row: Row, epoch: int, guards: Guards) -> Row | None:
    """projects.engine.decisions.give_up: FAILED for good."""
    ours = _decided(row, epoch, guards)
    return None if ours is None else ours._replace(state=FAILED, wait="", due=False)


def supersede(row: Row, epoch: int, guards: Guards) -> Row | None:
    """projects.engine.decisions.supersede: its parts take its place."""
    ours = _decided(row, epoch, guards)
    return None if ours is None else ours._replace(state=SUPERSEDED, wait="", due=False)


def hurry(row: Row) -> Row | None:
    """projects.services.dead_letters.retry_now: a member lets it run at once, whatever it waits for."""
    if row.state != WAITING:
        return None
    return row._replace(state=READY, wait="", due=False, attempts=0, waits=0)


def replay(row: Row) -> Row | None:
    """projects.services.dead_letters.replay_dead, in a live build: what was set apart begins with new budgets."""
    return row._replace(state=READY, attempts=0, crashes=0, waits=0) if row.state == QUARANTINED else None


def answer(row: Row) -> Row | None:
    """projects.engine.decisions.answer: WAITING(person) → READY; what failed before does not count."""
    if row.state != WAITING or row.wait != PERSON:
        return None
    return row._replace(state=READY, wait="", due=False, attempts=0, waits=0, decisions=row.decisions + 1)


def cancel(row: Row) -> Row:
    """projects.engine.settle.cancel_tasks: what lives is CANCELLED, the epoch rises."""
    if row.state not in LIVE:
        return row
    return row._replace(state=CANCELLED, epoch=row.epoch + 1, expired=False, wait="", due=False)
