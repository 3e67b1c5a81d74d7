"""What a maintainer may do with a learned fix: switch it on and off, delete it, take the deletion back."""

from __future__ import annotations

import uuid
from typing import Any

from autodev.accounts.models import User, Workspace
from autodev.events import services as events
from autodev.events.models import Event
from autodev.lib.db import write
from projects.models import Build, LearnedFix
from projects.services.errors import WrongState

DELETED = "knowledge.deleted"
KEPT = (
    "signature", "check_key", "rule", "blueprint", "example", "edits", "digest", "provider", "uses", "successes",
    "failures_in_a_row", "enabled",
)  # fmt: skip


def learned_fix_switch(*, fix: LearnedFix, user: User | None, enabled: bool) -> LearnedFix:
    """On or off. Switched on, it begins without failures. One that is so already stays as it is."""

    def apply() -> LearnedFix:
        changes: dict[str, Any] = {"enabled": enabled} | ({"failures_in_a_row": 0} if enabled else {})
        if LearnedFix.objects.filter(pk=fix.pk, enabled=not enabled).update(**changes):
            word = "knowledge.switched_on" if enabled else "knowledge.switched_off"
            events.record(type=word, workspace_id=fix.workspace_id, payload=_named(fix), actor=user)
        return LearnedFix.objects.select_related("evidence").get(pk=fix.pk)

    return write(apply)


def learned_fix_delete(*, fix: LearnedFix, user: User | None) -> Event:
    """Deletes it; gives the event, by which `learned_fix_restore` takes it back. Raises WrongState where it is gone
    already."""

    def apply() -> Event:
        row = LearnedFix.objects.filter(pk=fix.pk).first()
        if row is None or not LearnedFix.objects.filter(pk=fix.pk).delete()[0]:
            raise WrongState("It is deleted already.")
        evidence = str(row.evidence_id) if row.evidence_id else ""
        payload = {**_named(row), "row": {name: getattr(row, name) for name in KEPT}, "evidence": evidence}
        return events.record(type=DELETED, workspace_id=fix.workspace_id, payload=payload, actor=user)

    return write(apply)


def learned_fix_restore(*, workspace: Workspace, event_id: uuid.UUID, user: User | None) -> LearnedFix:
    """Takes a deletion back. Raises WrongState where there is none, or the same was learned again meanwhile."""

    def apply() -> LearnedFix:
        event = Event.objects.filter(pk=event_id, workspace_id=workspace.pk, type=DELETED).first()
        if event is None:
            raise WrongState("There is no such deletion.")
        values = event.payload["row"]
        same = {"workspace": workspace, "signature": values["signature"], "digest": values["digest"]}
        if LearnedFix.objects.filter(**same).exists():
            raise WrongState("It is there already.")
        evidence = (
            Build.objects.filter(pk=str(event.payload["evidence"])).first() if event.payload["evidence"] else None
        )
        row = LearnedFix(pk=uuid.UUID(event.payload["fix_id"]), workspace=workspace, evidence=evidence, **values)
        row.save(force_insert=True)
        events.record(type="knowledge.restored", workspace_id=workspace.pk, payload=_named(row), actor=user)
        return row

    return write(apply)


def _named(fix: LearnedFix) -> dict[str, str]:
    return {"fix_id": str(fix.pk), "title": f"{fix.check_key} {fix.rule}: {fix.example}"[:200]}
