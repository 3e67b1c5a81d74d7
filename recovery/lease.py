"""One sweeper at a time: a lease by compare-and-swap on its term, by the database's clock."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from autodev.lib.clock import db_now
from autodev.lib.db import write
from recovery.models import SweepLease

BATCH = "recovery.batch"
# Longer than any single step between two renewals: a model's opinion is waited for a minute at most.
LEASE_S = 120.0
FREE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that was ours when it was taken or renewed last; `term` is the fencing token."""

    name: str
    holder: str
    term: int

    def renew(self, *, for_s: float = LEASE_S) -> bool:
        """Holds on for `for_s` more seconds; False where it ran out and another took it: whoever reads that stops."""
        ours = SweepLease.objects.filter(name=self.name, holder=self.holder, term=self.term)
        return bool(write(lambda: ours.update(expires_at=db_now(plus_s=for_s))))

    def release(self) -> None:
        """Free for the next one at once; nothing where it is not ours any more."""
        ours = SweepLease.objects.filter(name=self.name, holder=self.holder, term=self.term)
        write(lambda: ours.update(expires_at=db_now()))


def take(name: str = BATCH, *, for_s: float = LEASE_S) -> Held | None:
    """The lease, or None while another holds it. One that ran out is taken over at a new term."""
    holder = f"{os.getpid()}:{uuid.uuid4().hex[:12]}"

    rows = SweepLease.objects.filter(name=name)

    def apply() -> Held | None:
        if not rows.exists():
            free = SweepLease(name=name, holder="", term=0, expires_at=FREE)
            SweepLease.objects.bulk_create([free], ignore_conflicts=True)
        term = rows.filter(expires_at__lte=db_now()).values_list("term", flat=True).first()
        if term is None:
            return None
        ours = {"term": term + 1, "holder": holder, "expires_at": db_now(plus_s=for_s)}
        return Held(name, holder, term + 1) if rows.filter(term=term).update(**ours) else None

    def landed() -> Held | None:
        term = rows.filter(holder=holder).values_list("term", flat=True).first()
        return None if term is None else Held(name, holder, term)

    return write(apply, landed=landed)


@contextlib.contextmanager
def held(name: str = BATCH, *, for_s: float = LEASE_S) -> Iterator[Held | None]:
    """The lease for the body, released at its end; None where another has it."""
    lease = take(name, for_s=for_s)
    try:
        yield lease
    finally:
        if lease is not None:
            lease.release()
