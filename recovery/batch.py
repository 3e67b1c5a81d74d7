"""The batch of all workspaces: one sweeper at a time, workspaces beside each other."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from django.db import connection
from django.db.models import Min

from autodev.lib.db import drop_broken_connection, own_connections
from autodev.lib.failpoints import failpoint
from recovery import lease
from recovery.autonomous import AutonomousTaskRecovery, Recovered, undecided
from recovery.healing import wake_healed

log = logging.getLogger(__name__)
# Each has a connection of its own.
AT_ONCE = 4
Recover = Callable[[uuid.UUID], Recovered]
T = TypeVar("T")


@dataclass(slots=True)
class Swept:
    """`held` is False where another sweeper was at it; `lost` where the lease went to another in the middle. `woken`
    waited for a provider that is back."""

    held: bool = True
    lost: bool = False
    woken: int = 0
    broken: int = 0
    workspaces: dict[uuid.UUID, Recovered] = field(default_factory=dict)

    @property
    def decided(self) -> int:
        return sum(one.goes_on + one.given_up + one.asked for one in self.workspaces.values())


def recover_all(*, recover: Recover | None = None) -> Swept:
    """One batch of every workspace with undecided failures, unless another process is at it. What a workspace raises is
    logged and does not keep the others from their turn. Safe at any time and in any number of processes: the lease only
    saves work."""
    with lease.held() as held:
        if held is None:
            return Swept(held=False)
        done = Swept()
        done.woken = _guarded(wake_healed) or 0
        recover = recover or AutonomousTaskRecovery().recover
        for some in _in_rounds(waiting()):
            failpoint("recovery.batch_round")
            if not held.renew():
                done.lost = True
                log.warning("recovery.lease_lost", extra={"holder": held.holder, "term": held.term})
                break
            _round(some, recover, done)
        log.info(
            "recovery.batch",
            extra={"workspaces": len(done.workspaces), "decided": done.decided, "woken": done.woken},
        )
        return done


def waiting() -> list[uuid.UUID]:
    """The workspaces with undecided failures, the one whose failure waits longest first."""
    rows = undecided().order_by().values("build__workspace_id").annotate(first=Min("next_run_at")).order_by("first")
    return list(rows.values_list("build__workspace_id", flat=True))


def _round(some: Sequence[uuid.UUID], recover: Recover, done: Swept) -> None:
    if len(some) == 1 or not apart():
        answers = [_guarded(partial(recover, one)) for one in some]
    else:
        with ThreadPoolExecutor(max_workers=len(some), thread_name_prefix="recovery") as pool:
            answers = list(pool.map(lambda one: _with_connections(recover, one), some))
    for one, answer in zip(some, answers, strict=True):
        if answer is None:
            done.broken += 1
        else:
            done.workspaces[one] = answer


def apart() -> bool:
    """Whether workspaces go beside each other: not on SQLite, which has one writer, and not within a transaction, which
    other connections do not see."""
    return connection.vendor != "sqlite" and not connection.in_atomic_block


def _with_connections(recover: Recover, workspace_id: uuid.UUID) -> Recovered | None:
    with own_connections():
        return _guarded(partial(recover, workspace_id))


def _guarded(do: Callable[[], T]) -> T | None:
    try:
        return do()
    except Exception:
        log.exception("recovery.batch_failed")
        drop_broken_connection()
        return None


def _in_rounds(ids: Sequence[uuid.UUID]) -> list[Sequence[uuid.UUID]]:
    size = AT_ONCE if apart() else 1
    return [ids[start : start + size] for start in range(0, len(ids), size)]
