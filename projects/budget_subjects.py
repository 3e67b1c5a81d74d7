"""Tells the floor below whose the projects and builds are that budgets are set for."""

from __future__ import annotations

import uuid

from projects.models import Build, Project
from providers.models.money import BudgetScope
from providers.subjects import register


def _is_project(workspace_id: uuid.UUID, subject_id: uuid.UUID) -> bool:
    return Project.objects.filter(workspace_id=workspace_id, pk=subject_id).exists()


def _is_build(workspace_id: uuid.UUID, subject_id: uuid.UUID) -> bool:
    return Build.objects.filter(workspace_id=workspace_id, pk=subject_id).exists()


def register_subjects() -> None:
    register(BudgetScope.PROJECT, _is_project)
    register(BudgetScope.BUILD, _is_build)
