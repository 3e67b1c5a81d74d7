"""Builds and projects that somebody may see."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from autodev.accounts.access import Access, Actor
from autodev.accounts.errors import NotFound
from autodev.accounts.models import Role, Workspace
from autodev.accounts.selectors import memberships_for_user, workspace_id_for_user
from projects.models import Build, Project
from projects.states import BuildState


@dataclass(frozen=True, kw_only=True)
class BuildAccess:
    """A build together with what the asker may do with it."""

    build: Build
    access: Access

    @property
    def role(self) -> Role:
        return self.access.role

    @property
    def can_cancel(self) -> bool:
        return self.access.can_build and not self.build.is_final

    @property
    def can_pause(self) -> bool:
        return self.access.can_build and self.build.state in (BuildState.QUEUED, BuildState.RUNNING)

    @property
    def can_resume(self) -> bool:
        return self.access.can_build and self.build.state == BuildState.PAUSED

    @property
    def can_edit_spec(self) -> bool:
        return self.access.can_build and self.build.state != BuildState.CANCELLED and self.build.spec is not None

    @property
    def can_change(self) -> bool:
        """Whether it delivered something that a change can start from."""
        build = self.build
        delivered = build.state in (BuildState.SUCCEEDED, BuildState.DEGRADED) and bool(build.head)
        return self.access.can_build and delivered and build.discarded_at is None

    @property
    def can_roll_back(self) -> bool:
        return self.access.can_build and self.build.state != BuildState.CANCELLED


def build_for_user(actor: Actor, build_id: uuid.UUID, *, at_least: Role = Role.VIEWER) -> BuildAccess:
    """The build with its project and workspace. Raises NotFound to outsiders, Forbidden below `at_least`."""
    build = Build.objects.select_related("project", "created_by").filter(pk=build_id).first()
    if build is None:
        raise NotFound("There is no such build.")
    try:
        access = workspace_id_for_user(actor, build.workspace_id, at_least=at_least)
    except NotFound as error:
        raise NotFound("There is no such build.") from error
    build.workspace = access.workspace
    return BuildAccess(build=build, access=access)


def project_for_user(actor: Actor, project_id: uuid.UUID, *, at_least: Role = Role.VIEWER) -> tuple[Project, Access]:
    """The project. Raises NotFound to outsiders, Forbidden below `at_least`."""
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        raise NotFound("There is no such project.")
    try:
        return project, workspace_id_for_user(actor, project.workspace_id, at_least=at_least)
    except NotFound as error:
        raise NotFound("There is no such project.") from error


def _workspaces(actor: Actor) -> QuerySet[Workspace]:
    return Workspace.objects.filter(pk__in=memberships_for_user(actor).order_by().values("workspace_id"))


def builds_for_user(actor: Actor) -> QuerySet[Build]:
    """Every build that the actor may see, newest first, without the wide columns."""
    rows = Build.objects.filter(workspace__in=_workspaces(actor)).select_related("project", "workspace", "created_by")
    return rows.defer("spec", "plan", "metrics", "tech_stack").order_by("-created_at", "-id")


def projects_for_user(actor: Actor) -> QuerySet[Project]:
    """Every project that the actor may see, newest first."""
    return Project.objects.filter(workspace__in=_workspaces(actor)).order_by("-created_at", "-id")


def builds_of(workspace: Workspace, *, state: str = "", query: str = "") -> QuerySet[Build]:
    """A workspace's builds, newest first; `query` looks in the idea and the project's name."""
    rows = workspace.builds.select_related("project", "created_by").defer("spec", "plan", "metrics", "tech_stack")
    if state in BuildState.values:
        rows = rows.filter(state=state)
    if query:
        rows = rows.filter(idea__icontains=query) | rows.filter(project__name__icontains=query)
    return rows.order_by("-created_at", "-id")


def counts_by_state(workspace: Workspace) -> dict[str, int]:
    """State → number of builds, for the filter of the home page."""
    rows = workspace.builds.values("state").annotate(n=Count("id")).order_by()
    return {row["state"]: row["n"] for row in rows}


def workspace_version(workspace: Workspace) -> int:
    """A number that rises with every change of a build of the workspace."""
    return workspace.builds.aggregate(n=Sum("version"))["n"] or 0
