"""A change in words on what a build delivered: a build on a branch, until a person merges or discards it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from autodev.accounts.models import User
from projects.engine.plain import clean_text, plain
from projects.models import Build, BuildOrigin
from projects.selectors.mainline import (
    DELIVERED,
    made_by_rules,
    main_build,
    main_head,
    on_main_line,
    spec_before,
    stack_of,
)
from projects.services.errors import EmptyIdea, WrongState
from projects.services.queue import Wanted, queue_build
from projects.services.refusal import refuse_harm
from projects.services.start import refuse_past

KIND = "change_understand"
KEPT_OPTIONS = ("blueprint", "generation", "validation")
MERGE = "merge"  # an option: merge it by itself where the gate says that it is green


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a change starts from: a commit, the Spec of what is there, and the stack that it is made of."""

    commit: str
    spec: Mapping[str, Any]
    stack: Mapping[str, Any]
    constraints: Mapping[str, Any]
    preferences: Mapping[str, Any]
    options: Mapping[str, Any]


def change_start(
    *,
    build: Build,
    user: User | None,
    text: str,
    options: Mapping[str, Any] | None = None,
    merge: bool = False,
    deadline: dt.datetime | None = None,
    budget: Decimal | None = None,
    idempotency_key: str | None = None,
) -> Build:
    """Queues the change and gives its build. It starts from the project's main line; a change of a change that is not
    merged continues its branch. `merge`: it is merged by itself where its gate is green, in the name of `user`. Raises
    EmptyIdea, HarmfulIdea, DeadlinePast, IdempotencyConflict, and WrongState for a build that delivered nothing."""
    text = clean_text(text).strip()
    if not text:
        raise EmptyIdea("The change is empty.", hint="Say in a sentence or two what should be different.")
    refuse_harm(text)
    build = _anew(build)
    ground = ground_of(build)
    given = plain(dict(options or {}))
    wanted = Wanted(
        request={
            "change": text, "parent": str(build.pk), "options": given, "merge": merge,
            "deadline": deadline.isoformat() if deadline else None,
            "budget": str(budget) if budget is not None else None,
        },
        columns={**_columns(build, ground, text, {**given, **({MERGE: True} if merge else {})}),
                 "deadline_at": deadline, "budget_usd": budget},
        home=lambda: build.project,
        kind=KIND,
        title="Understand the change",
        params={"spec": ground.spec, "stack": ground.stack},
        told={"idea": text[:500], "change_of": str(build.pk), "base": ground.commit},
        refuse=lambda: refuse_past(deadline),
    )  # fmt: skip
    return queue_build(workspace=build.workspace, user=user, wanted=wanted, idempotency_key=idempotency_key)


def change_undo(*, build: Build, user: User | None, merge: bool = False, idempotency_key: str | None = None) -> Build:
    """Queues a change that takes a merged change out of the main line again, and gives its build: it is proved,
    reviewed and merged like every change; nothing of the history is lost. Raises WrongState for what is not merged."""
    build = _anew(build)
    before = spec_before(build)
    if build.merged_at is None or not build.merged_commit or build.spec is None or before is None:
        raise WrongState("Only a change that was merged can be undone.", hint="Discard one that was not.")
    ground = ground_of(build)
    text = f"Undo: {build.idea}"
    undo = {
        "merged": build.merged_commit, "base": build.base, "spec": build.spec, "before": before,
        "by_rules": made_by_rules(build),
    }  # fmt: skip
    wanted = Wanted(
        request={"undo": str(build.pk), "merge": merge},
        columns=_columns(build, ground, text, {MERGE: True} if merge else {}),
        home=lambda: build.project,
        kind=KIND,
        title="Understand what is undone",
        params={"spec": ground.spec, "stack": ground.stack, "undo": undo},
        told={"idea": text[:500], "undo_of": str(build.pk), "base": ground.commit},
    )
    return queue_build(workspace=build.workspace, user=user, wanted=wanted, idempotency_key=idempotency_key)


def ground_of(build: Build) -> Ground:
    """Where a change of this build starts. Raises WrongState where there is nothing to change."""
    if build.state not in DELIVERED or not build.head:
        raise WrongState(
            f"Only a build that delivered something can be changed; this one is {build.get_state_display().lower()}.",
            hint="Wait until it is done, or run it again.",
        )
    if build.discarded_at is not None:
        raise WrongState("This change was discarded.", hint="Start the change from the build before it.")
    source, commit = build, build.head
    if on_main_line(build):
        source, commit = main_build(build.project) or build, main_head(build.project)
    stack = stack_of(source)
    if source.spec is None or not stack:
        raise WrongState("What this build was made of is not known, so it cannot be changed.")
    return Ground(
        commit=commit, spec=source.spec, stack=stack, constraints=source.constraints, preferences=source.preferences,
        options={name: source.options[name] for name in KEPT_OPTIONS if name in source.options},
    )  # fmt: skip


def _anew(build: Build) -> Build:
    """The build as it is now: whoever asks may have read it before it was merged."""
    return Build.objects.select_related("project", "workspace").get(pk=build.pk)


def _columns(build: Build, ground: Ground, text: str, options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "idea": text, "origin": BuildOrigin.CHANGE, "parent": build, "base": ground.commit, "head": ground.commit,
        "constraints": ground.constraints, "preferences": ground.preferences, "options": {**ground.options, **options},
    }  # fmt: skip
