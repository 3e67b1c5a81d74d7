"""Lines of the ledger that reserve nothing: decisions nobody could follow, answers from the cache, probes."""

from __future__ import annotations

import uuid

from django.db import IntegrityError

from autodev.accounts.models import Workspace
from autodev.lib import clock, rows
from autodev.lib.db import write
from autodev.lib.ids import new_id
from providers.failures.signal import Failure
from providers.ledger import lines
from providers.models import Call, Decision
from providers.routing.choice import Choice
from providers.routing.need import Need
from providers.states import CallOutcome, CallPurpose, CallState
from providers.targets import Key, Target


def decision(need: Need, choice: Choice, *, trigger: str = "") -> uuid.UUID:
    """The decision of a request that nobody could be asked for, so that no attempt carries it."""
    row = lines.decision_of(need, choice, trigger=trigger)
    _insert(row)
    return row.pk


def cache_hit(need: Need, target: Target, *, request_id: uuid.UUID) -> uuid.UUID:
    """An answer that was paid before."""
    row = lines.row_of(need, request_id, target, None)
    row.cache_hit = True
    return _put(row, outcome=CallOutcome.SUCCEEDED)


def probe(target: Target, key: Key | None, failure: Failure | None, total_ms: float) -> uuid.UUID:
    """A probe, as the prober's `record`."""
    need = Need(workspace_id=target.workspace_id, task_kind="probe", purpose=CallPurpose.PROBE)
    row = lines.row_of(need, new_id(), target, key)
    row.total_ms = lines.milliseconds(total_ms)
    for name, value in lines.failed(failure).items():
        setattr(row, name, value)
    return _put(row, outcome=CallOutcome.SUCCEEDED if failure is None else CallOutcome.FAILED)


def malformed(call_id: uuid.UUID, failure: Failure) -> None:
    """An answer that came whole and had not the form that was asked for: the call succeeded, and says why it was of no
    use."""
    changes = lines.failed(failure)
    write(lambda: Call.objects.filter(pk=call_id, failure_kind="").update(**changes))


def _put(row: Call, *, outcome: CallOutcome) -> uuid.UUID:
    row.state = CallState.SETTLED
    row.outcome = outcome
    row.finished_at = clock.utcnow()
    try:
        _insert(row)
    except IntegrityError:
        row.provider_id = None  # removed since; that it was asked is noted all the same
        _insert(row)
    return row.pk


def _insert(row: Call | Decision) -> None:
    """A workspace that was removed meanwhile has no ledger any more: there is nothing to note then."""
    try:
        write(lambda: rows.insert(row))
    except IntegrityError:
        if Workspace.objects.filter(pk=row.workspace_id).exists():
            raise
