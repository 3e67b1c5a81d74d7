"""The cast: one workspace, and everybody's relation to it. `mallory` belongs to another workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from autodev.accounts.access import Access, Actor
from autodev.accounts.models import Role, User, Workspace
from autodev.accounts.selectors import workspace_for_user
from autodev.accounts.services.api_keys import api_key_create
from projects.models import Attempt, Build, Check, CheckResult, Evidence, Finding, Requirement, Step, Task
from projects.states import BuildState, Phase, TaskState
from tests.factories.accounts import MembershipFactory, UserFactory, WorkspaceFactory
from tests.factories.projects import BuildFactory, ProjectFactory, TaskFactory

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Cast:
    workspace: Workspace
    owner: User
    maintainer: User
    member: User
    viewer: User
    outsider: User

    def everybody(self) -> dict[str, User | None]:
        """Name → user; nobody is signed in as `nobody`."""
        return {
            "owner": self.owner, "maintainer": self.maintainer, "member": self.member, "viewer": self.viewer,
            "outsider": self.outsider, "nobody": None,
        }  # fmt: skip

    def access(self, user: User) -> Access:
        return workspace_for_user(Actor(user=user), self.workspace.slug)


@pytest.fixture
def cast(db: None) -> Cast:
    workspace = WorkspaceFactory.create(name="Engines", slug="engines")
    people = {
        name: MembershipFactory.create(workspace=workspace, role=role, user__email=f"{name}@example.org").user
        for name, role in {
            "owner": Role.OWNER, "maintainer": Role.MAINTAINER, "member": Role.DEVELOPER, "viewer": Role.VIEWER,
        }.items()
    }  # fmt: skip
    outsider = MembershipFactory.create(user=UserFactory.create(email="mallory@example.org"), role=Role.OWNER).user
    return Cast(workspace=workspace, outsider=outsider, **people)


def signed_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def key_client(cast: Cast, user: User, *scopes: str, **extra: Any) -> Client:
    """A client that sends an API key of the user."""
    _, text = api_key_create(access=cast.access(user), user=user, name="test", scopes=list(scopes), **extra)
    return Client(headers={"Authorization": f"Bearer {text}"})


@pytest.fixture
def build(cast: Cast) -> Build:
    """A running build with something of everything."""
    return rich_build(cast)


def rich_build(cast: Cast, *, steps: int = 3, **changes: Any) -> Build:
    project = ProjectFactory.create(workspace=cast.workspace, name="Library", slug="library")
    values = {"state": BuildState.RUNNING, "phase": Phase.IMPLEMENT, "progress": 41, "version": 7, "head": "a" * 40}
    made: Build = BuildFactory.create(project=project, created_by=cast.member, **{**values, **changes})
    first: Task = TaskFactory.create(
        build=made,
        key="understand",
        phase=Phase.UNDERSTAND,
        state=TaskState.SUCCEEDED,
        progress=100,
        title="Understand",
    )
    second: Task = TaskFactory.create(
        build=made, key="implement", state=TaskState.RUNNING, progress=40, title="Implement"
    )
    second.needs.create(needs=first)
    Attempt.objects.create(task=second, epoch=1, owner="worker")
    Step.objects.bulk_create(
        Step(task=second, key=f"s{n}", title=f"Step {n}", epoch=1, commit="b" * 40 if n == 0 else "")
        for n in range(steps)
    )
    met = Requirement.objects.create(
        build=made, key="r1", sentence="At most five loans", text="At most five loans", kind="rule"
    )
    Requirement.objects.create(build=made, key="r2", sentence="Nice", text="Nice", kind="quality", understood=False)
    check = Check.objects.create(
        build=made, requirement=met, kind="acceptance", key="c1", title="A sixth loan is refused"
    )
    Check.objects.create(build=made, kind="ladder", key="parse", title="Parses")
    Evidence.objects.create(
        check_row=check, task=second, epoch=1, commit=made.head, result=CheckResult.PASSED, excerpt="409 as expected"
    )
    Finding.objects.create(
        build=made, commit=made.head, file="app.py", line=3, rule="F821", severity="error", message="Undefined name"
    )
    return made
