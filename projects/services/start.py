"""Starting a build of an idea."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from autodev.accounts.models import User, Workspace
from autodev.lib.clock import utcnow
from projects.engine.plain import clean_text, plain
from projects.models import Build, Project
from projects.services.errors import DeadlinePast, EmptyIdea
from projects.services.queue import Wanted, new_project, queue_build
from projects.services.refusal import refuse_harm


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
    asked: dict[str, Any] = {
        "constraints": plain(dict(constraints or {})),
        "preferences": plain(dict(preferences or {})),
        "options": plain(dict(options or {})),
    }
    wanted = Wanted(
        request={
            "idea": idea,
            **asked,
            "deadline": deadline.isoformat() if deadline else None,
            "budget": str(budget) if budget is not None else None,
            "project": str(project.pk) if project else None,
            "base": base,
        },
        columns={"idea": idea, **asked, "deadline_at": deadline, "budget_usd": budget, "head": base},
        home=lambda: project or new_project(workspace, user, idea),
        title="Understand the idea",
        told={"idea": idea[:500]},
        refuse=lambda: refuse_past(deadline),
    )
    return queue_build(workspace=workspace, user=user, wanted=wanted, idempotency_key=idempotency_key)


def refuse_past(deadline: dt.datetime | None) -> None:
    """Raises DeadlinePast."""
    if deadline is not None and deadline <= utcnow():
        raise DeadlinePast("The deadline is in the past.")
