"""Tells the floor below whose the projects and builds are that budgets are set for, and what they are called."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from projects.models import Build, Project
from providers.models.money import BudgetScope
from providers.subjects import register

NEWEST = 50


def _is_project(workspace_id: uuid.UUID, subject_id: uuid.UUID) -> bool:
    return Project.objects.filter(workspace_id=workspace_id, pk=subject_id).exists()


def _is_build(workspace_id: uuid.UUID, subject_id: uuid.UUID) -> bool:
    return Build.objects.filter(workspace_id=workspace_id, pk=subject_id).exists()


def _projects(workspace_id: uuid.UUID, ids: Sequence[uuid.UUID] | None) -> Mapping[uuid.UUID, str]:
    rows = Project.objects.filter(workspace_id=workspace_id).order_by("-pk")
    rows = rows[:NEWEST] if ids is None else rows.filter(pk__in=ids)
    return dict(rows.values_list("pk", "name"))


def _builds(workspace_id: uuid.UUID, ids: Sequence[uuid.UUID] | None) -> Mapping[uuid.UUID, str]:
    rows = Build.objects.filter(workspace_id=workspace_id).order_by("-pk")
    rows = rows[:NEWEST] if ids is None else rows.filter(pk__in=ids)
    return {pk: f"{name} #{number}" for pk, name, number in rows.values_list("pk", "project__name", "number")}


def register_subjects() -> None:
    register(BudgetScope.PROJECT, _is_project, _projects)
    register(BudgetScope.BUILD, _is_build, _builds)
