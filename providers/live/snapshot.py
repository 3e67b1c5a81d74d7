"""A workspace as the database has it, read off the hot path."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from django.db.models import F

from providers.config import loading
from providers.failures.patterns import Pattern, PatternSet, shipped, with_operators
from providers.health.settings import HealthSettings, settings_in
from providers.live.pressure import budgets_of
from providers.live.results import Member, members
from providers.live.versions import Versions
from providers.live.view import DrillView, Incumbent, WorkspaceView
from providers.models import Decision, Drill, FailurePattern

NEWEST_DECISIONS = 200
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """`view` without circuits; they are read apart, since they change more often."""

    view: WorkspaceView
    fleet: tuple[Member, ...]
    health: HealthSettings


def take(workspace_id: uuid.UUID, at: Versions) -> Snapshot:
    """`at` was read before, so that a change in between is seen at the next look."""
    loaded = loading.load(workspace_id)
    view = WorkspaceView(
        workspace_id=workspace_id,
        config_version=at.config,
        health_version=at.health,
        targets=loaded.targets,
        chains=loaded.chains,
        rules=loaded.rules,
        settings=loaded.settings,
        fallback=loaded.fallback,
        budgets=budgets_of([workspace_id], at.now)[workspace_id],
        drills=_drills(workspace_id),
        incumbents=_incumbents(workspace_id),
        patterns=patterns(),
    )
    return Snapshot(view=view, fleet=members(loaded.targets.values()), health=settings_in(loaded.settings))


def patterns() -> PatternSet:
    """The shipped patterns with the operators' own before them. One that does not compile is logged and left out."""
    operators: list[Pattern] = []
    for row in FailurePattern.objects.filter(enabled=True):
        try:
            operators += with_operators([row]).operators
        except ValueError:
            log.exception("provider.pattern_broken", extra={"pattern": row.name})
    return PatternSet(shipped().shipped, tuple(operators))


def _drills(workspace_id: uuid.UUID) -> tuple[DrillView, ...]:
    rows = Drill.objects.filter(workspace_id=workspace_id, stopped_at=None, report__isnull=True).select_related(
        "provider"
    )
    return tuple(
        DrillView(
            id=row.pk,
            provider=row.provider.name,
            fault=row.fault,
            share=row.share,
            since=row.started_at.timestamp(),
            until=row.until.timestamp(),
        )
        for row in rows
    )


def _incumbents(workspace_id: uuid.UUID) -> dict[str, Incumbent]:
    """Who leads for each kind of task, and since when, as far as the newest decisions tell."""
    newest = Decision.objects.filter(workspace_id=workspace_id, inputs__has_key="leader").order_by("-created_at")
    found: dict[str, Incumbent] = {}
    left: set[str] = set()
    columns = ("task_kind", "inputs__leader", "inputs__order", F("created_at"))
    for kind, leader, order, made_at in newest.values_list(*columns)[:NEWEST_DECISIONS]:
        known = found.get(kind)
        if kind in left:
            continue
        if known is not None and known.provider != leader:
            left.add(kind)
            continue
        chain = known.order if known is not None else tuple(order or ())
        found[kind] = Incumbent(provider=leader, since=made_at.timestamp(), order=chain)
    return found
