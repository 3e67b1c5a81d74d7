"""Starting a build: project, build, first task and event in one transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.db.models import Max
from django.utils.text import slugify

from autodev.accounts.models import User, Workspace
from autodev.lib.clock import utcnow
from autodev.lib.db import write
from autodev.lib.ids import new_id
from projects.engine.plain import clean_text, plain
from projects.engine.record import Happened, record
from projects.models import Build, Project, Task
from projects.services.errors import DeadlinePast, EmptyIdea, IdempotencyConflict
from projects.services.refusal import refuse_harm
from projects.states import Phase, TaskState

FIRST_TASK = "understand"
TRIES = 5


def start_build(
    *,
    workspace: Workspace,
    user: User | None,
    idea: str,
    constraints: Mapping[str, Any] | None = None,
    preferences: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    deadline: dt.datetime | None = None,
    budget: Decimal | None = None,
    project: Project | None = None,
    base: str = "",
    idempotency_key: str | None = None,
) -> Build:
    """Queues a build of the idea and gives it. Without `project` a new one is made and named after the idea; `base` is
    a commit of the project to start from. The same key with the same request gives the first build; with another
    request IdempotencyConflict is raised. Raises EmptyIdea, HarmfulIdea, DeadlinePast. `deadline` is aware;
    `budget` is in US dollars."""
    idea = clean_text(idea).strip()
    if not idea:
        raise EmptyIdea("The idea is empty.")
    refuse_harm(idea)
    request = {
        "idea": idea,
        "constraints": plain(dict(constraints or {})),
        "preferences": plain(dict(preferences or {})),
        "options": plain(dict(options or {})),
        "deadline": deadline.isoformat() if deadline else None,
        "budget": str(budget) if budget is not None else None,
        "project": str(project.pk) if project else None,
        "base": base,
    }
    digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    build_id = new_id()

    def create() -> Build:
        earlier = _earlier(workspace, idempotency_key, digest)
        if earlier is not None:
            return earlier
        if deadline is not None and deadline <= utcnow():
            raise DeadlinePast("The deadline is in the past.")
        home = project or _new_project(workspace, user, idea)
        number = (Build.objects.filter(project=home).aggregate(last=Max("number"))["last"] or 0) + 1
        build = Build.objects.create(
            pk=build_id,
            project=home,
            workspace=workspace,
            number=number,
            idea=idea,
            constraints=request["constraints"],
            preferences=request["preferences"],
            options=request["options"],
            deadline_at=deadline,
            budget_usd=budget,
            head=base,
            idempotency_key=idempotency_key,
            request_hash=digest,
            created_by=user,
        )
        Task.objects.create(
            build=build,
            key=FIRST_TASK,
            kind=FIRST_TASK,
            phase=Phase.UNDERSTAND,
            title="Understand the idea",
            state=TaskState.READY,
        )
        created = Happened(type="build.created", payload={"idea": idea[:500], "number": number})
        return record(build.pk, [created], actor=user, ring=True) or build

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


def _new_project(workspace: Workspace, user: User | None, idea: str) -> Project:
    words = " ".join(idea.split())
    name = words if len(words) <= 80 else f"{words[:79].rsplit(' ', 1)[0]}…"
    stem = slugify(name)[:44].strip("-") or "project"
    taken = set(Project.objects.filter(workspace=workspace, slug__startswith=stem).values_list("slug", flat=True))
    slug = next(s for s in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if s not in taken)
    return Project.objects.create(workspace=workspace, name=name, slug=slug, created_by=user)
