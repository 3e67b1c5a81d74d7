"""Ways out of a sandbox: the outlets that it was given, and nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autodev.sandbox import SandboxBackend, SandboxSpec, Toolchain
from autodev.sandbox.ways import outlet_inside, ways
from tests.sandbox.conftest import PROGRAMS, SMALL
from tests.sandbox.test_state import asked

pytestmark = pytest.mark.feature("F2.2")
OUT, IN = 4010, 8300


@contextmanager
def shouting(path: Path) -> Iterator[list[bytes]]:
    """A server on a Unix socket that only its owner may connect to; it answers in capitals. Gives what it was sent."""
    heard: list[bytes] = []
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                said = connection.recv(1000)
                if said:  # else somebody's look
                    heard.append(said)
                    connection.sendall(said.upper())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "gateway.sock"
    with shouting(path):
        yield path


def spec(python: Toolchain, script: str, *arguments: str, **changes: object) -> SandboxSpec:
    argv = [python.program, "-I", "-S", "-c", script, *arguments]
    return SandboxSpec(argv=argv, ro_layers=python.ro_layers, limits=SMALL, **changes)  # type: ignore[arg-type]


ASK = """
import socket, sys
for port in sys.argv[1:]:
    try:
        with socket.create_connection(("127.0.0.1", int(port)), 5) as s:
            s.sendall(b"hello " + port.encode())
            print(port, s.recv(100).decode() or "closed")
    except OSError as error:
        print(port, type(error).__name__)
"""


def test_each_port_leads_to_its_socket(backend: SandboxBackend, python: Toolchain, tmp_path: Path) -> None:
    with shouting(tmp_path / "a.sock") as a, shouting(tmp_path / "b.sock") as b:
        outlets = {OUT: tmp_path / "a.sock", OUT + 1: tmp_path / "b.sock"}
        result = backend.run(spec(python, ASK, str(OUT), str(OUT + 1), str(OUT + 2), outlets=outlets))
    assert result.stdout.splitlines() == [
        f"{OUT} HELLO {OUT}", f"{OUT + 1} HELLO {OUT + 1}", f"{OUT + 2} ConnectionRefusedError",
    ], result.stderr  # fmt: skip
    assert a == [f"hello {OUT}".encode()]
    assert b == [f"hello {OUT + 1}".encode()]


def test_a_socket_that_nobody_serves_closes_the_connection(
    backend: SandboxBackend, python: Toolchain, tmp_path: Path
) -> None:
    with shouting(tmp_path / "a.sock"):
        pass
    assert (tmp_path / "a.sock").is_socket()
    result = backend.run(spec(python, ASK, str(OUT), outlets={OUT: tmp_path / "a.sock"}))
    assert result.stdout in (f"{OUT} closed\n", f"{OUT} ConnectionResetError\n")


def test_they_are_the_only_ways_out(backend: SandboxBackend, python: Toolchain, gateway: Path, tmp_path: Path) -> None:
    """With an outlet there is still no other socket, no other address and no other name."""
    other = tmp_path / "other.sock"
    tcp = socket.create_server(("0.0.0.0", 0))  # noqa: S104 - the sandbox must not reach it
    with shouting(other) as heard, tcp:
        script = (PROGRAMS / "reach.py").read_text()
        arguments = [str(tcp.getsockname()[1]), str(other), str(gateway), outlet_inside(OUT)]
        result = backend.run(spec(python, script, *arguments, outlets={OUT: gateway}))
    assert result.status == "ok", result.stderr
    inside = outlet_inside(OUT)  # the first process inside has the same root
    assert result.stdout.splitlines() == [
        "/run: outlets relay.py", f"reached: {inside}", f"reached: /proc/1/root{inside}",
    ]  # fmt: skip
    assert heard == []


def test_what_finds_every_way_outside_proves_something(gateway: Path, tmp_path: Path) -> None:
    """The same program outside of a sandbox reaches what is there to be reached."""
    other = tmp_path / "other.sock"
    tcp = socket.create_server(("0.0.0.0", 0))  # noqa: S104 - on purpose, for a moment
    with shouting(other), tcp:
        arguments = [str(tcp.getsockname()[1]), str(other), str(gateway), "/run/absent.sock"]
        done = subprocess.run(
            [sys.executable, str(PROGRAMS / "reach.py"), *arguments], capture_output=True, text=True, check=True
        )
    assert f"reached: 127.0.0.1:{arguments[0]}" in done.stdout
    assert f"reached: {other}" in done.stdout
    assert f"reached: {gateway}" in done.stdout


def test_an_outlet_that_cannot_be_is_refused(
    backend: SandboxBackend, python: Toolchain, gateway: Path, tmp_path: Path
) -> None:
    result = backend.run(spec(python, ASK, str(OUT), outlets={OUT: tmp_path / "absent.sock"}))
    assert result.status == "setup_error"
    with pytest.raises(ValueError, match="not ports"):
        spec(python, ASK, outlets={0: gateway})
    with pytest.raises(ValueError, match="3128"):
        spec(python, ASK, outlets={3128: gateway}, network="registry")
    with pytest.raises(ValueError, match="is an outlet"):
        backend.start(spec(python, ASK, outlets={OUT: gateway}), port=OUT)


SERVER = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = server.accept()
    said = connection.recv(100)
    if said:
        with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as out:
            out.sendall(said)
            connection.sendall(b"from outside: " + out.recv(100))
    connection.close()
"""


def test_a_server_is_reached_and_reaches_out(backend: SandboxBackend, python: Toolchain, gateway: Path) -> None:
    handle = backend.start(spec(python, SERVER, str(IN), str(OUT), outlets={OUT: gateway}), port=IN)
    try:
        assert handle.wait_ready(20), handle.output()
        assert asked(handle, b"ask") == b"from outside: ASK"
        assert asked(handle, b"again") == b"from outside: AGAIN"
    finally:
        handle.stop()


def test_the_socket_stays_closed_to_other_users(backend: SandboxBackend, python: Toolchain, gateway: Path) -> None:
    backend.run(spec(python, ASK, str(OUT), outlets={OUT: gateway}))
    assert gateway.stat().st_mode & 0o777 == 0o600
    assert os.geteuid() != 0 or gateway.stat().st_uid != 0


def test_the_relays_words() -> None:
    assert ways({}, proxy=False, serving=None) == []
    assert ways({}, proxy=False, serving=(80, 7)) == ["in", "80", "7"]
    assert ways({1: Path("/x"), 2: Path("/y")}, proxy=True, serving=(80, 7)) == [
        "out", "1", "/run/outlets/1.sock", "out", "2", "/run/outlets/2.sock", "out", "3128", "/run/registry.sock",
        "in", "80", "7",
    ]  # fmt: skip
