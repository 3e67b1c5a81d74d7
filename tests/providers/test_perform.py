"""A job goes to the first kind that does it; what breaks in one kind is the next one's turn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from autodev.contracts.contexts import AnalyseContext, ImplementContext
from autodev.contracts.job import Job, JobKind, JobResult
from autodev.contracts.ports import Cancelled, Fenced, Ports
from autodev.spec.rules import analyse
from autodev.spec.rules.errors import Refused
from providers import registry
from providers.kinds.base import ProviderFailure, ProviderKind
from providers.kinds.blueprint import BlueprintKind
from providers.perform import perform

IDEA = "Create a REST API for a todo app with authentication"


class Workspace:
    """Files in memory; a snapshot is the list of what was there."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.snapshots: list[tuple[str, list[str]]] = []

    def write(self, path: str, content: bytes) -> None:
        self.files[path] = content

    async def snapshot(self, message: str) -> str:
        self.snapshots.append((message, sorted(self.files)))
        return str(len(self.snapshots))


def ports(workspace: Workspace, said: list[str], *, cancelled: bool = False) -> Ports:
    cancel = threading.Event()
    if cancelled:
        cancel.set()
    unused: Any = None

    def emit(text: str, *, fields: Any = None) -> None:
        said.append(text)

    files: Any = workspace
    return Ports(
        workspace=files, journal=unused, check=unused, emit=emit, cancel=cancel, steer=unused, programs=unused
    )  # fmt: skip


def job(kind: JobKind, context: Any, **more: Any) -> Job:
    return Job(
        kind=kind, task_id="t", epoch=1, brief=IDEA, context=context,
        ports=ports(more.pop("workspace", Workspace()), more.pop("said", []), **more),
    )  # fmt: skip


class Broken:
    """A kind that raises what it is told to."""

    name = "broken"
    emergency = False

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def can(self, kind: JobKind) -> bool:
        return True

    async def perform(self, job: Job) -> JobResult:
        raise self.error


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(*chosen: ProviderKind) -> None:
        monkeypatch.setattr(registry, "kinds", lambda: chosen)

    return use


@pytest.mark.feature("F2.3")
async def test_an_idea_is_analysed_without_a_key_and_is_marked_so() -> None:
    result = await perform(job(JobKind.ANALYSE, AnalyseContext(description=IDEA)))
    assert result.provider == "blueprint"
    assert result.emergency
    assert [e.name for e in result.answer.entities] == ["Todo"]
    assert result.usage.cost_usd == 0


async def test_a_spec_is_made_in_parts_with_a_snapshot_each() -> None:
    workspace = Workspace()
    context = ImplementContext(spec=analyse(IDEA), blueprint="fastapi-service", pins={}, lock=None)
    result = await perform(job(JobKind.IMPLEMENT, context, workspace=workspace))
    assert [title for title, _ in workspace.snapshots] == [
        "Add the application (app)",
        "Add the tests",
        "Add documentation, container files and the CI workflow",
    ]
    assert sorted(workspace.files) == list(result.answer.paths)
    assert not any(path.startswith("tests/") for path in workspace.snapshots[0][1])


async def test_a_cancelled_job_writes_nothing_more() -> None:
    workspace = Workspace()
    context = ImplementContext(spec=analyse(IDEA), blueprint="fastapi-service", pins={}, lock=None)
    with pytest.raises(Cancelled):
        await perform(job(JobKind.IMPLEMENT, context, workspace=workspace, cancelled=True))
    assert workspace.files == {}


@pytest.mark.parametrize("error", [ProviderFailure("overloaded", "try later"), RuntimeError("a bug in a plug-in")])
async def test_what_breaks_in_one_kind_is_the_next_ones_turn(error: Exception, kinds: Callable[..., None]) -> None:
    kinds(Broken(error), BlueprintKind())
    said: list[str] = []
    result = await perform(job(JobKind.ANALYSE, AnalyseContext(description=IDEA), said=said))
    assert result.provider == "blueprint"
    assert str(error) in said[0]


@pytest.mark.parametrize("error", [Fenced(), Cancelled(), Refused("no", "malware")])
async def test_what_is_about_the_job_is_not_asked_of_another(error: Exception, kinds: Callable[..., None]) -> None:
    kinds(Broken(error), BlueprintKind())
    with pytest.raises(type(error)):
        await perform(job(JobKind.ANALYSE, AnalyseContext(description=IDEA)))


async def test_a_job_that_nobody_does_says_so(kinds: Callable[..., None]) -> None:
    kinds(BlueprintKind())
    with pytest.raises(ProviderFailure, match="nobody of those asked does review jobs"):
        await perform(job(JobKind.REVIEW, None))


def test_a_broken_plug_in_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name = "broken"

        def load(self) -> Any:
            raise ImportError("no such module")

    class Shapeless(Point):
        def load(self) -> Any:
            return object

    monkeypatch.setattr("providers.registry.entry_points", lambda group: [Point(), Shapeless()])
    registry.kinds.cache_clear()
    try:
        assert [kind.name for kind in registry.kinds()] == ["agent", "blueprint"]
    finally:
        registry.kinds.cache_clear()
