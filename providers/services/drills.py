"""Starting and ending drills."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Any, ClassVar

from django.db.models import Q

from autodev.accounts.models import User, Workspace
from autodev.lib.clock import db_now
from autodev.lib.db import write
from autodev.lib.errors import DomainError
from providers.drill.faults import FAULTS
from providers.drill.report import SETTLING, report_of
from providers.kinds.agents import is_agent_kind
from providers.kinds.models import model_kinds
from providers.live.versions import raise_config
from providers.models import Drill, Provider
from providers.told import record

LONGEST_S = 3600


class DrillRefused(DomainError):
    code: ClassVar[str] = "drill_refused"
    status: ClassVar[int] = 409
    hint = "`autodev drill --list` names the providers and the faults."


def drill_start(
    *,
    workspace: Workspace,
    provider: Provider,
    fault: str,
    share: float = 1.0,
    duration_s: int = 60,
    actor: User | None,
) -> Drill:
    """From now on `share` (over 0, to 1) of this workspace's calls of the provider meet the fault, for `duration_s`
    seconds. Raises DrillRefused for a fault that is not there, a provider that no fault reaches, a time beyond an hour,
    and a second drill of the same provider."""
    if fault not in FAULTS:
        raise DrillRefused(f"There is no fault {fault!r}; there are: {', '.join(FAULTS)}.")
    if provider.workspace_id != workspace.pk:
        raise DrillRefused(f"{provider.name} is no provider of this workspace.")
    if why := undrillable(provider):
        raise DrillRefused(why)
    if not 0 < share <= 1:
        raise DrillRefused("The share is over 0 and at most 1.")
    if not 1 <= duration_s <= LONGEST_S:
        raise DrillRefused(f"A drill takes between 1 and {LONGEST_S} seconds.")
    drill = Drill(workspace=workspace, provider=provider, fault=fault, share=share, started_by=actor)

    def apply() -> None:
        raise_config()  # first: it holds back others, so that what is read now is what holds
        if running(provider.pk).exists():
            raise DrillRefused(f"A drill of {provider.name} is under way.")
        drill.until = db_now(plus_s=duration_s)
        drill.save(force_insert=True)
        payload = {"provider": provider.name, "fault": fault, "share": share, "duration_s": duration_s}
        record(type="drill.started", workspace_id=workspace.pk, actor=actor, payload=payload)

    write(apply, landed=lambda: Drill.objects.filter(pk=drill.pk).exists() or None)
    drill.refresh_from_db()
    return drill


def undrillable(provider: Provider) -> str:
    """Why no fault can be put into it, in words; empty where one can. A fault stands between the routing and a kind
    that completes messages."""
    if is_agent_kind(provider.kind):
        return (
            f"{provider.name} is an agent program: it asks every model through the gateway. Drill the models it asks."
        )
    if provider.kind not in model_kinds():
        return f"{provider.name} completes no messages, so that no fault can stand before it."
    return ""


def drill_stop(*, drill: Drill, actor: User | None) -> Drill:
    """Ends it now, if it has not ended. Stopping it twice changes nothing. With its report as of now."""

    def apply() -> None:
        stopped = Drill.objects.filter(pk=drill.pk, stopped_at=None, until__gt=db_now()).update(stopped_at=db_now())
        if stopped:
            record(type="drill.stopped", workspace_id=drill.workspace_id, actor=actor, payload={"drill": str(drill.pk)})
            raise_config()

    write(apply)
    drill.refresh_from_db()
    return drill_report(drill=drill)


def drill_report(*, drill: Drill) -> Drill:
    """The drill with the report that is kept, else as of now."""
    if drill.report is None:
        drill.report = report_of(drill, until=_end(drill))
    return drill


def drills_conclude(*, limit: int = 20) -> int:
    """Keeps the reports of drills that have ended so long ago that what they broke has ended too, before the ledger
    forgets what they are made of. Gives their number."""
    long_ago = db_now(plus_s=-SETTLING.total_seconds())
    waiting = Drill.objects.filter(Q(stopped_at__lt=long_ago) | Q(until__lt=long_ago), report__isnull=True)
    for drill in (found := list(waiting.order_by("started_at")[:limit])):
        report = report_of(drill, until=_end(drill))
        write(partial(Drill.objects.filter(pk=drill.pk, report__isnull=True).update, report=report))
    return len(found)


def running(provider_id: uuid.UUID) -> Any:
    """The drills of a provider that hold now."""
    return Drill.objects.filter(provider_id=provider_id, stopped_at=None, until__gt=db_now())


def _end(drill: Drill) -> dt.datetime:
    return min(drill.stopped_at, drill.until) if drill.stopped_at is not None else drill.until
