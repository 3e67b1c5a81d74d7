"""Whole answers that were paid before, for exactly the same request: a workspace's own, for a while.

The key is made of model, address, messages, tools and all parameters. Kept is only what is a whole answer of a paid
provider: never the emergency one's, never one that was cut off. A request opts in (`Need.cacheable`), a workspace opts
out (`settings.cache`).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from autodev.lib import rows
from autodev.lib.clock import db_now
from autodev.lib.db import write
from providers.chat import ChatRequest, Completion, Finish, TokenUsage, ToolCall
from providers.config.settings import CacheSection, Settings
from providers.config.store import split
from providers.models import CachedAnswer, RoutingSettings
from providers.money.months import now
from providers.targets import Target

WHOLE = {Finish.STOP, Finish.TOOL_CALLS}


def request_hash(request: ChatRequest, target: Target) -> str:
    """SHA-256 over everything that the answer depends on."""
    asked = {**dataclasses.asdict(request), "model": target.model, "base": target.api_base, "kind": target.kind}
    asked["params"] = dict(target.params)
    del asked["stable"]  # where the provider caches is nothing that an answer depends on
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=_plain, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def worth_keeping(completion: Completion, target: Target) -> bool:
    """Whether it is a whole answer, and one that somebody was paid for."""
    said = bool(completion.text.strip() or completion.tool_calls)
    return said and completion.finish in WHOLE and not target.emergency


def allowed(workspace_id: uuid.UUID, task_kind: str = "") -> bool:
    """Whether the workspace keeps answers of this kind of task."""
    return _allowed(settings_of(workspace_id), task_kind)


def lookup(workspace_id: uuid.UUID, key: str) -> Completion | None:
    """The kept answer, counted as a hit, or None."""

    def take() -> CachedAnswer | None:
        row = CachedAnswer.objects.filter(workspace_id=workspace_id, request_hash=key, expires_at__gt=db_now()).first()
        if row is not None:
            rows.update(CachedAnswer, {"id": row.pk}, {"hits": rows.Sql("hits + 1")})
        return row

    found = write(take)
    return None if found is None else completion_of(found.answer)


def keep(workspace_id: uuid.UUID, key: str, completion: Completion, *, task_kind: str = "") -> bool:
    """Stores an answer for as long as the workspace wants; a newer one takes the place of an older. Whether it did."""
    section = settings_of(workspace_id)
    if not _allowed(section, task_kind):
        return False
    expires_at = now() + dt.timedelta(seconds=section.ttl_s)
    fresh = CachedAnswer(
        workspace_id=workspace_id, request_hash=key, answer=dataclasses.asdict(completion), expires_at=expires_at
    )

    def store() -> bool:
        CachedAnswer.objects.bulk_create(
            [fresh],
            update_conflicts=True,
            unique_fields=["workspace", "request_hash"],
            update_fields=["answer", "expires_at"],
        )
        return True

    return write(store)


def sweep(*, limit: int = 1000) -> int:
    """Removes answers whose time is over; how many."""
    old = list(CachedAnswer.objects.filter(expires_at__lte=db_now()).values_list("pk", flat=True)[:limit])
    return write(lambda: CachedAnswer.objects.filter(pk__in=old).delete()[0]) if old else 0


def forget(workspace_id: uuid.UUID) -> int:
    """Removes all answers of a workspace; how many."""
    return write(lambda: CachedAnswer.objects.filter(workspace_id=workspace_id).delete()[0])


def settings_of(workspace_id: uuid.UUID) -> CacheSection:
    row = RoutingSettings.objects.filter(workspace_id=workspace_id).first()
    return Settings.model_validate(split(row.document)[0]).cache if row is not None else CacheSection()


def completion_of(stored: Mapping[str, Any]) -> Completion:
    return Completion(
        **{
            **stored,
            "finish": Finish(stored["finish"]),
            "usage": TokenUsage(**stored["usage"]),
            "tool_calls": tuple(ToolCall(**call) for call in stored["tool_calls"]),
        }
    )


def _allowed(section: CacheSection, task_kind: str) -> bool:
    return section.enabled and (not section.task_kinds or task_kind in section.task_kinds)


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)
