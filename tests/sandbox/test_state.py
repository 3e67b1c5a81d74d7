"""The second writable directory: kept between runs, held within its size, no way to anything else of the host."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from autodev.sandbox import Limits, RunningSandbox, SandboxBackend, SandboxResult, SandboxSpec, Toolchain
from autodev.sandbox.types import MIB, STATE_HOME
from autodev.sandbox.workspace import remove_tree
from tests.sandbox.conftest import SMALL

pytestmark = pytest.mark.feature("F2.2")
PORT = 8200


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / "state"
    path.mkdir(mode=0o700)
    return path


def shell(
    backend: SandboxBackend, script: str, *, state: Path, limits: Limits = SMALL, **more: object
) -> SandboxResult:
    return backend.run(SandboxSpec(argv=["sh", "-c", script], state=state, limits=limits, **more))  # type: ignore[arg-type]


def test_it_is_home_and_kept_between_runs(backend: SandboxBackend, state: Path, workspace: Path) -> None:
    first = shell(backend, 'echo "$HOME"; echo kept > ~/note; echo mine > app', state=state, workspace=workspace)
    assert (first.status, first.stdout) == ("ok", f"{STATE_HOME}\n"), first.stderr
    second = shell(backend, "cat ~/note; ls", state=state)
    assert second.stdout == "kept\n"
    assert (workspace / "app").read_text() == "mine\n"
    assert (state / "note").read_text() == "kept\n"


def test_without_one_home_is_the_runs_own(backend: SandboxBackend) -> None:
    result = backend.run(SandboxSpec(argv=["sh", "-c", f'echo "$HOME"; ls -d {STATE_HOME}'], limits=SMALL))
    assert result.stdout == "/tmp/home\n"
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("script", "changes", "reason"),
    [
        ("head -c 7000000 /dev/zero > ~/a; head -c 7000000 /dev/zero > ~/b; sleep 20", {}, "state grew beyond"),
        ("for i in $(seq 300); do : > ~/$i; done; sleep 20", {"state_inodes": 200}, "state has more than 200"),
    ],
)
def test_it_is_held_within_its_size(
    backend: SandboxBackend, state: Path, script: str, changes: dict[str, int], reason: str
) -> None:
    result = shell(backend, script, state=state, limits=replace(SMALL, state_bytes=8 * MIB, **changes))
    assert result.status == "killed"
    assert reason in result.reason


def test_a_link_in_it_leads_the_host_nowhere(backend: SandboxBackend, state: Path, tmp_path: Path) -> None:
    """The next run hands the directory over and measures it, as root where the worker is root: neither follows."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "big").write_bytes(b"x" * 9 * MIB)
    os.chmod(secret / "big", 0o600)
    planted = shell(backend, f"ln -s {secret} ~/dir; ln -s {secret}/big ~/big; ls -lR ~ | wc -l", state=state)
    assert planted.status == "ok"
    os.symlink(secret / "big", state / "by-the-worker")
    before = (secret / "big").stat()
    limits = replace(SMALL, state_bytes=2 * MIB)
    seen = shell(backend, "cat ~/dir/big ~/big ~/by-the-worker; sleep 1.2", state=state, limits=limits)
    assert (seen.status, seen.stdout) == ("ok", ""), seen.reason
    assert seen.stderr.count("No such file") == 3
    after = (secret / "big").stat()
    assert (after.st_uid, after.st_mode) == (before.st_uid, before.st_mode)
    remove_tree(state)
    assert (secret / "big").stat().st_size == 9 * MIB


def test_no_name_of_another_file_can_be_made_in_it(backend: SandboxBackend, state: Path, workspace: Path) -> None:
    """A second name of a file elsewhere would be handed over with the directory."""
    script = "touch app; ln app ~/app; ln /etc/passwd ~/passwd; ln /usr/bin/env ~/env; ls -A ~"
    result = shell(backend, script, state=state, workspace=workspace)
    assert result.stdout == ""
    assert result.stderr.count("ln:") == 3


def test_nothing_may_be_bound_below_it(state: Path, tmp_path: Path) -> None:
    """A link planted there would redirect the mount."""
    for inside in (f"{STATE_HOME}/.config", STATE_HOME):
        with pytest.raises(ValueError, match="lies in the state"):
            SandboxSpec(argv=["true"], state=state, ro_layers={tmp_path: inside})
        with pytest.raises(ValueError, match="lies in the state"):
            SandboxSpec(argv=["true"], state=state, files={f"{inside}/x": b""})
    for mount in ("/home", f"{STATE_HOME}/work"):
        with pytest.raises(ValueError, match="lie in one another"):
            SandboxSpec(argv=["true"], state=state, mount=mount)
    assert SandboxSpec(argv=["true"], ro_layers={tmp_path: STATE_HOME}).state is None


def test_a_server_has_it_too(backend: SandboxBackend, python: Toolchain, state: Path) -> None:
    (state / "page").write_text("from the state")
    argv = [python.program, "-m", "http.server", str(PORT), "--bind", "127.0.0.1", "--directory", STATE_HOME]
    handle = backend.start(SandboxSpec(argv=argv, ro_layers=python.ro_layers, state=state), port=PORT)
    try:
        assert handle.wait_ready(20), handle.output()
        assert b"from the state" in asked(handle, b"GET /page HTTP/1.0\r\n\r\n")
    finally:
        handle.stop()


def asked(handle: RunningSandbox, request: bytes) -> bytes:
    """What comes back until the end."""
    with handle.connect() as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer
