"""Rows 5–13 and 16–18 of the hostile programs: what reaches for the host, for others, or for more rights.

Each attempt also runs without a sandbox, and must succeed there: an attempt that never succeeds proves nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from autodev.sandbox import SandboxBackend, SandboxSpec, Toolchain
from autodev.sandbox.registries import python_indexes
from tests.sandbox.conftest import PROGRAMS, Run, hostile_spec

pytestmark = pytest.mark.feature("F3.7")
REPOSITORY = Path(__file__).parents[2]
# No positive control: what a host may lack or refuse even to root.
UNCONTROLLED = {"x32", "perf", "af_alg", "oom score", "raise limits", "setuid call", "dns"}


def host_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("192.0.2.1", 9))  # documentation range: no packet is sent
        return str(one.getsockname()[0])


@pytest.fixture
def canaries(tmp_path: Path) -> Iterator[dict[str, object]]:
    """Things of the host that a program could find, and where they are."""
    file = tmp_path / "canary"
    file.write_text("secret")
    mark = secrets.token_hex(8)
    variable, abstract = f"AUTODEV_CANARY_{secrets.token_hex(4)}", f"autodev-{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        os.environ[variable] = "secret"
        stack.callback(os.environ.pop, variable)
        tcp = stack.enter_context(socket.create_server(("0.0.0.0", 0)))  # noqa: S104 - the sandbox must not reach it
        for address in (f"\0{abstract}", str(tmp_path / "host.sock")):
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(address)
            server.listen()
        home = stack.enter_context(tempfile.NamedTemporaryFile(dir=Path.home(), prefix=".autodev-canary"))
        home.write(b"secret")
        home.flush()
        stack.callback(_ended, stack.enter_context(subprocess.Popen(["sh", "-c", "sleep 60", mark])))
        inherited = stack.enter_context(file.open())
        os.set_inheritable(inherited.fileno(), True)
        yield {
            "file": str(file),
            "directory": str(tmp_path),
            "home": home.name,
            "repository": str(REPOSITORY),
            # Backwards, so that a program that searches for them does not find its own question.
            "elbairav": variable[::-1],
            "kram": mark[::-1],
            "port": tcp.getsockname()[1],
            "address": host_address(),
            "abstract": abstract,
            "socket": str(tmp_path / "host.sock"),
            "hostname": socket.gethostname(),
            "name": urlsplit(python_indexes().default).hostname,
            "descriptor": inherited.fileno(),
        }


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def succeeded(answer: str) -> set[str]:
    found: dict[str, bool] = json.loads(answer)
    assert len(found) > 10
    return {name for name, worked in found.items() if worked}


def attempts(answer: str) -> set[str]:
    return set(json.loads(answer))


def test_nothing_of_the_host_is_found(run: Run, canaries: dict[str, object]) -> None:
    question = json.dumps(canaries)
    result = run("snoop", question)
    assert result.status == "ok", result
    assert succeeded(result.stdout) == set()

    (Path(str(canaries["directory"])) / "mounted").mkdir()
    script = 'mount --bind /usr "$0/mounted" && exec "$@" '
    argv = ["unshare", "--mount", "--", "sh", "-c", script, str(canaries["directory"])]
    control = subprocess.run(
        [*argv, sys.executable, "-I", "-S", str(PROGRAMS / "snoop.py"), question],
        capture_output=True, text=True, check=True, pass_fds=[int(str(canaries["descriptor"]))],
    )  # fmt: skip
    assert attempts(result.stdout) - succeeded(control.stdout) <= UNCONTROLLED


def test_no_right_is_gained_and_nothing_of_the_system_is_written(run: Run, tmp_path: Path) -> None:
    paths = ["/usr/x", "/etc/x", "/x", "/dev/x", "/usr/local/x", "/opt/x", "/run/x", "/proc/sys/kernel/hostname"]
    result = run("privilege", json.dumps({"paths": paths}))
    assert result.status == "ok", result
    assert succeeded(result.stdout) == set()

    mine = [str(tmp_path / "x")]
    control = subprocess.run(
        ["unshare", "--mount", "--uts", "--", sys.executable, "-I", "-S", str(PROGRAMS / "privilege.py"),
         json.dumps({"paths": mine})],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    tried = {name for name in attempts(result.stdout) if not name.startswith("write ")}
    assert tried - succeeded(control.stdout) <= UNCONTROLLED
    assert f"write {mine[0]}" in succeeded(control.stdout)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_signals_reach_nobody_outside(run: Run, workspace: Path, number: int) -> None:
    # The victim runs as the very user that the sandbox has on the host.
    uid = workspace.stat().st_uid
    assert run("linger", "zombies").ran
    uid = workspace.stat().st_uid
    assert uid != 0
    victim = subprocess.Popen(["setpriv", f"--reuid={uid}", "--clear-groups", "sleep", "60"])
    try:
        run("signals", str(int(number)), str(victim.pid), wall_s=1)
        assert victim.poll() is None
        assert Path(f"/proc/{victim.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
        # The same user outside can.
        subprocess.run(["setpriv", f"--reuid={uid}", "--clear-groups", "kill", "-9", str(victim.pid)], check=True)
        assert victim.wait(60) == -signal.SIGKILL
    finally:
        victim.kill()
        victim.wait()


def test_shared_memory_of_the_host_is_not_there(run: Run) -> None:
    key = secrets.randbelow(1 << 30) + 1
    libc = ctypes.CDLL(None)
    segment = libc.shmget(key, 4096, 0o1666)
    assert segment >= 0
    try:
        assert run("shared_memory", str(key)).stdout == "False\n"
        program = [sys.executable, str(PROGRAMS / "shared_memory.py"), str(key)]
        assert subprocess.run(program, capture_output=True, text=True, check=True).stdout == "True\n"
    finally:
        libc.shmctl(segment, 0, None)


def test_its_own_loopback_works(backend: SandboxBackend, python: Toolchain) -> None:
    text = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    result = backend.run(SandboxSpec(argv=[python.program, "-c", text], ro_layers=python.ro_layers))
    assert result.status == "ok", result


def test_planted_artefacts_are_refused_and_honest_ones_collected(
    backend: SandboxBackend, python: Toolchain, workspace: Path
) -> None:
    wanted = ["*.xml", "coverage/shadow", "loop/honest.xml", "sub/up.xml", "../x", "/etc/shadow", "absent.txt"]
    spec = hostile_spec(python, "plant", workspace=workspace, artefacts=wanted, file_bytes=200 << 20)
    result = backend.run(spec)
    assert result.status == "ok", result
    assert result.artefacts == {"honest.xml": b"<ok/>"}
    refused = dict(result.artefacts_refused)
    assert refused["large.xml"].endswith("too many")
    links = {"report.xml", "hard.xml", "coverage/shadow", "loop/honest.xml", "sub/up.xml"}
    assert links | {"pipe.xml", "socket.xml", "../x", "/etc/shadow"} <= set(refused)
    # What a plain open() by the worker would have done.
    assert (workspace / "report.xml").read_bytes() == Path("/etc/shadow").read_bytes()


def test_a_planted_hook_or_fsmonitor_runs_only_inside(
    backend: SandboxBackend, python: Toolchain, workspace: Path
) -> None:
    marker = Path("/tmp/autodev-planted")
    marker.unlink(missing_ok=True)
    spec = hostile_spec(python, "plant", workspace=workspace, file_bytes=200 << 20, artefacts=[".git/config"])
    collected = backend.run(spec)
    assert ".git/config" in collected.artefacts
    script = "git -c safe.directory='*' init -q && git status; test -e /tmp/autodev-planted && echo planted"
    inside = backend.run(SandboxSpec(argv=["sh", "-c", script], workspace=workspace))
    assert inside.stdout.endswith("planted\n"), inside  # the trap is a real one
    assert not marker.exists()
