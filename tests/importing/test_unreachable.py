"""An import from where nobody answers: it says so at once, what it waits for, and when it tries next."""

from __future__ import annotations

import socket

import pytest

from autodev.accounts.models import User, Workspace
from autodev.lib.clock import shifted, utcnow
from projects.engine.sweep import sweep
from projects.importing.errors import ImportFailed, ImportUnreachable
from projects.importing.limits import LIMITS
from projects.importing.refusals import explained
from projects.models import Attempt, Task
from projects.pipeline import import_fetch
from projects.pipeline.import_fetch import UNREACHABLE_WAIT_S
from projects.services.importing import import_start, source_of_url
from projects.states import TaskState
from projects.waits import wait_of
from tests.importing.conftest import Engine

pytestmark = pytest.mark.feature("F1.13")


@pytest.fixture
def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/app.git"


def test_it_is_tried_once_more_after_two_minutes(engine: Engine, workspace: Workspace, user: User, nobody: str) -> None:
    build = engine.run(import_start(workspace=workspace, user=user, source=source_of_url(nobody)))
    task = Task.objects.get(build=build)
    assert (task.state, task.waits) == (TaskState.WAITING, 1)
    wait = wait_of(task)
    assert wait is not None
    assert wait.until is not None
    assert wait.why.startswith("The repository could not be fetched: Nobody answers at the address: Failed to connect")
    assert wait.why.endswith("It is tried once more")
    assert abs((wait.until - utcnow()).total_seconds() - UNREACHABLE_WAIT_S) < 60
    assert build.current_task == task.wait_reason
    (attempt,) = Attempt.objects.filter(task=task)
    assert attempt.get_outcome_display() == "Waits for the repository"
    with shifted(UNREACHABLE_WAIT_S + 1):
        sweep()
        build = engine.run(build)
    assert build.state == "failed"
    assert "Couldn't connect to server. Is the address right, and is the place up?" in build.errors[0]
    assert Attempt.objects.filter(task=task).count() == 2


def test_a_name_that_leads_nowhere_is_the_same(
    engine: Engine, workspace: Workspace, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*args: object, **kwargs: object) -> list[object]:
        raise socket.gaierror

    source = source_of_url("https://example.com/app.git")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    build = engine.run(import_start(workspace=workspace, user=user, source=source))
    assert (
        "example.com is not known to the name service. It is tried once more."
        in Task.objects.get(build=build).wait_reason
    )


def test_a_place_that_breaks_off_is_tried_by_the_ladder(
    engine: Engine, workspace: Workspace, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: object) -> object:
        raise ImportFailed("the remote end hung up unexpectedly")

    monkeypatch.setattr(import_fetch, "_fetched", breaks)
    source = source_of_url("https://example.com/app.git")
    build, waited_s = engine.run(import_start(workspace=workspace, user=user, source=source)), 0.0
    for number in range(1, import_fetch.FETCH_WAITS + 1):
        task = Task.objects.get(build=build)
        assert (task.state, task.waits) == (TaskState.WAITING, number)
        assert task.wait_reason == "The repository could not be fetched: the remote end hung up unexpectedly."
        waited_s += 400.0
        with shifted(waited_s):
            sweep()
            build = engine.run(build)
    said = "the remote end hung up unexpectedly. Is the address right, and is the place up?"
    assert build.errors == [f"Fetch the repository: {said}"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("fatal: unable to access 'https://a/': Failed to connect to a port 443 after 2 ms: Couldn't connect to server",
         ImportUnreachable),
        ("fatal: unable to access 'https://a/': Could not resolve host: a", ImportUnreachable),
        ("fatal: unable to access 'https://a/': Operation too slow", ImportFailed),
    ],
)  # fmt: skip
def test_what_git_says_of_it(said: str, kind: type[ImportFailed]) -> None:
    assert type(explained(said, login=False, limits=LIMITS)) is kind
