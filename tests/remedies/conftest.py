"""Tasks of a build that is planned, as recovery finds them when it asks what can be done."""

from __future__ import annotations

from typing import Any

import pytest

from autodev.spec.rules import analyse
from autodev.spec.schema import Requirement, Spec
from projects.models import Build, Task
from projects.states import BuildState, Phase, TaskState
from tests.factories.projects import BuildFactory, TaskFactory

IDEA = "Create a REST API for a todo app with authentication"
WISHES = ("The motto stands at /motto.", "The news stand at /news.", "The weather stands at /weather.")


def spec(*wishes: str) -> Spec:
    """What the rules read in the idea, and these sentences beyond them."""
    read = analyse(IDEA, constraints={}, preferences={})
    beyond = [Requirement(id=f"w{n}", sentence=wish, text=wish) for n, wish in enumerate(wishes, start=1)]
    return read.model_copy(update={"requirements": [*read.requirements, *beyond]})


class Planned:
    """A build of these wishes; `task` adds one that waits for recovery."""

    def __init__(self, *wishes: str, **values: Any) -> None:
        document = spec(*wishes).model_dump(mode="json")
        self.build: Build = BuildFactory.create(state=BuildState.RUNNING, idea=IDEA, spec=document, **values)

    def task(self, kind: str, **values: Any) -> Task:
        given: dict[str, Any] = {
            "key": kind, "kind": kind, "phase": Phase.IMPLEMENT, "state": TaskState.WAITING, "epoch": 7,
            "critical": False, "estimate_s": 120, "milestone": "Made",
        }  # fmt: skip
        made: Task = TaskFactory.create(build=self.build, **(given | values))
        return made


@pytest.fixture
def planned(db: None) -> Planned:
    return Planned(*WISHES)
