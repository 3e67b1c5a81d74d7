"""A test of a provider that a page asks for: a worker makes it through the outbox, and its result is an event.

The web process never loads the model library, so that it can only ask and look for the answer.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from autodev.accounts.models import User, Workspace
from autodev.events import services as events
from autodev.events.channels import Undeliverable, register
from autodev.events.models import Delivery, Event
from autodev.lib.clock import utcnow
from autodev.lib.db import write
from autodev.lib.errors import DomainError
from providers import told
from providers.failures.hints import hint
from providers.failures.kinds import FailureKind
from providers.kinds.models import UnknownModelKind
from providers.models import Provider
from providers.services.checking import provider_check
from providers.services.errors import NoSuchThing

CHANNEL = "provider_check"
ASKED, CHECKED = "provider.check_asked", "provider.checked"
RUNNING = "running"
SHOWN_FOR = dt.timedelta(hours=1)
OVERDUE = dt.timedelta(seconds=60)
TOO_LATE = dt.timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Check:
    """The newest test of a provider. `state` is `running`, `overdue`, `passed` or `failed`; `text` says what came."""

    state: str
    text: str
    at: dt.datetime | None
    hint: str = ""


def check_ask(*, workspace: Workspace, name: str, actor: User | None) -> None:
    """Asks a worker for a test; one that is awaited already is not asked for again. Raises NoSuchThing."""

    def ask() -> None:
        if not Provider.objects.filter(workspace=workspace, name=name, enabled=True).exists():
            raise NoSuchThing(f"There is no enabled provider {name!r}.")
        before = newest(workspace.pk).get(name)
        if before is not None and before.state == RUNNING:
            return
        event = told.record(type=ASKED, workspace_id=workspace.pk, actor=actor, payload={"name": name})
        events.deliver(event=event, channel=CHANNEL, target=name, key=f"{CHANNEL}:{event.pk}", payload={})

    write(ask)


def check_make(delivery: Delivery) -> None:
    """The outbox's channel: makes the test and records what came. Raises Undeliverable where nobody waits any more."""
    asked_in = delivery.event.workspace_id
    workspace = Workspace.objects.filter(pk=asked_in).first() if asked_in is not None else None
    if workspace is None or utcnow() - delivery.created_at > TOO_LATE:
        raise Undeliverable("Nobody waits for this test any more.")
    payload = _made(workspace, delivery.target)
    write(lambda: told.record(type=CHECKED, workspace_id=workspace.pk, payload=payload))


def _made(workspace: Workspace, name: str) -> dict[str, object]:
    try:
        found = provider_check(workspace=workspace, name=name)
    except (DomainError, UnknownModelKind) as error:
        return {"name": name, "ok": False, "text": str(error)}
    if found.version:
        return {"name": name, "ok": True, "text": f"It starts: {found.version} ({found.took_ms} ms)."}
    if found.ok:
        return {"name": name, "ok": True, "text": f"{found.model} answered in {found.took_ms} ms."}
    if found.failure is None:
        return {"name": name, "ok": False, "text": f"Nobody was asked: {found.note}."}
    kind, text = str(found.failure.kind), found.failure.message[:500]
    return {"name": name, "ok": False, "kind": kind, "text": text}


def newest(workspace_id: uuid.UUID) -> dict[str, Check]:
    """By provider, as far as they are from the last hour."""
    rows = Event.objects.filter(
        workspace_id=workspace_id, type__in=(ASKED, CHECKED), created_at__gte=utcnow() - SHOWN_FOR
    ).order_by("created_at", "pk")
    return {row.payload["name"]: _check(row) for row in rows}


def _check(row: Event) -> Check:
    if row.type == ASKED:
        late = utcnow() - row.created_at > OVERDUE
        text = "No worker has answered yet. Is one running?" if late else "Being tested…"
        return Check(state="overdue" if late else RUNNING, text=text, at=row.created_at)
    ok, name, kind = row.payload["ok"], row.payload["name"], row.payload.get("kind", "")
    advice = hint(FailureKind(kind), name) if kind in set(FailureKind) else ""
    return Check(state="passed" if ok else "failed", text=row.payload["text"], at=row.created_at, hint=advice)


def begin() -> None:
    """Names the channel's function."""
    register(CHANNEL, check_make)
