"""Queueing a build: build, first task and event in one transaction, once for an idempotency key."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError
from django.db.models import Max
from django.utils.text import slugify

from autodev.accounts.models import User, Workspace
from autodev.lib.db import write
from autodev.lib.ids import new_id
from projects.engine.plain import plain
from projects.engine.record import Happened, record
from projects.models import Build, Project, Task
from projects.services.errors import IdempotencyConflict
from projects.states import Phase, TaskState
from providers.config.defaults import ensure_defaults
from providers.services.budgets import budget_begin

TRIES = 5
FIRST = "understand"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A build to be. `request` is what was asked for, by which two requests with one key are told apart; `columns` are
    those of the build, `home` gives its project inside of the transaction, `kind` and `title` are the first task's.
    `build_id` is the build's own, for what is to belong to it alone."""

    request: Mapping[str, Any]
    columns: Mapping[str, Any]
    home: Callable[[], Project]
    title: str
    told: Mapping[str, Any]
    kind: str = FIRST
    params: Mapping[str, Any] = field(default_factory=dict)
    refuse: Callable[[], None] = lambda: None
    build_id: uuid.UUID = field(default_factory=new_id)


def queue_build(
    *, workspace: Workspace, user: User | None, wanted: Wanted, idempotency_key: str | None = None
) -> Build:
    """Queues it and gives it; the same key with the same request gives the first build. Raises IdempotencyConflict, and
    what `refuse` raises, which is asked for a request that is new."""
    text = json.dumps(plain(dict(wanted.request)), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    build_id = wanted.build_id

    def create() -> Build:
        earlier = _earlier(workspace, idempotency_key, digest)
        if earlier is not None:
            return earlier
        wanted.refuse()
        home = wanted.home()
        number = (Build.objects.filter(project=home).aggregate(last=Max("number"))["last"] or 0) + 1
        build = Build.objects.create(
            pk=build_id, project=home, workspace=workspace, number=number, idempotency_key=idempotency_key,
            request_hash=digest, created_by=user, **wanted.columns,
        )  # fmt: skip
        if build.budget_usd is not None:
            budget_begin(workspace=workspace, build_id=build.pk, limit_usd=build.budget_usd)
        Task.objects.create(
            build=build, key=FIRST, kind=wanted.kind, phase=Phase.UNDERSTAND, title=wanted.title,
            params=plain(dict(wanted.params)), state=TaskState.READY,
        )  # fmt: skip
        created = Happened(type="build.created", payload={**wanted.told, "number": number})
        return record(build.pk, [created], actor=user, ring=True) or build

    # Whoever starts here without a look at the providers has the chain that ships: a key in the environment is enough.
    ensure_defaults(workspace)
    for left in reversed(range(TRIES)):
        try:
            return write(create, landed=lambda: Build.objects.filter(pk=build_id).first())
        except IntegrityError:  # another request took the number, the name or the key meanwhile
            if not left:
                raise
    raise AssertionError("unreachable")


def _earlier(workspace: Workspace, key: str | None, digest: str) -> Build | None:
    if key is None:
        return None
    build = Build.objects.filter(workspace=workspace, idempotency_key=key).first()
    if build is not None and build.request_hash != digest:
        raise IdempotencyConflict("This Idempotency-Key belongs to another request.")
    return build


def new_project(workspace: Workspace, user: User | None, title: str, **columns: Any) -> Project:
    """A project named after the title, with an address of its own."""
    words = " ".join(title.split())
    name = words if len(words) <= 80 else f"{words[:79].rsplit(' ', 1)[0]}…"
    stem = slugify(name)[:44].strip("-") or "project"
    taken = set(Project.objects.filter(workspace=workspace, slug__startswith=stem).values_list("slug", flat=True))
    slug = next(s for s in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if s not in taken)
    return Project.objects.create(workspace=workspace, name=name, slug=slug, created_by=user, **columns)
