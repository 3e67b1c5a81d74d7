"""How a server that is gone is told, by how its sandbox ended; what a kind says where nothing is installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from autodev.contracts.job import JobKind
from autodev.sandbox.types import SandboxResult
from providers.kinds.base import ProviderFailure
from providers.kinds.opencode import OpenCodeKind
from providers.kinds.opencode.ended import server_failure

pytestmark = pytest.mark.feature("F2.2")


@pytest.mark.parametrize(
    ("result", "kind", "said"),
    [
        (SandboxResult(status="oom", reason="2 GB were too little"), "sandbox_error", "2 GB"),
        (SandboxResult(status="pids"), "sandbox_error", "pids"),
        (SandboxResult(status="killed", reason="the workspace is full"), "code_error", "workspace is full"),
        (SandboxResult(status="killed", reason="cancelled"), "framework_error", "HTTP 400"),
        (SandboxResult(status="nonzero", exit_code=1), "framework_error", "HTTP 400"),
    ],
)
def test_the_sandbox_says_more_than_the_broken_stream(result: SandboxResult, kind: str, said: str) -> None:
    failure = server_failure(result, "HTTP 400 ConfigInvalidError\n")
    assert failure.kind == kind
    assert said in str(failure)


async def test_where_it_is_not_installed(tmp_path: Path, settings: Settings) -> None:
    settings.AUTODEV_PROGRAMS = tmp_path
    assert "autodev agents install opencode" in OpenCodeKind().missing()
    with pytest.raises(ProviderFailure, match="is not in"):
        await OpenCodeKind().version()


def test_it_changes_files_and_answers_no_questions() -> None:
    kind = OpenCodeKind()
    able = {one for one in JobKind if kind.can(one)}
    assert able == {JobKind.IMPLEMENT, JobKind.REPAIR, JobKind.TEST, JobKind.DOCUMENT}
