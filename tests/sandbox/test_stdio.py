"""A program's standard streams behind a port: the bridge alone, and inside a sandbox."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autodev.sandbox import SandboxBackend, SandboxSpec, Toolchain, stdio
from tests.sandbox.conftest import SMALL
from tests.sandbox.test_inside import free_port

PORT = 8400
UPPER = """
import sys
sys.stderr.write("on the way\\n")
sys.stderr.flush()
for line in sys.stdin:
    sys.stdout.write(line.upper())
    sys.stdout.flush()
sys.stdout.write("end of input\\n")
sys.exit(3)
"""


@contextmanager
def bridged(*command: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    argv = [sys.executable, "-I", "-S", str(Path(stdio.__file__)), str(port), "--", *command]
    with subprocess.Popen(argv, stderr=subprocess.PIPE) as bridge:
        try:
            yield port, bridge
        finally:
            bridge.kill()


def dial(port: int) -> socket.socket:
    """A connection, once the port is open."""
    end = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 10)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def rest(connection: socket.socket) -> bytes:
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    return answer


def test_the_first_that_says_something_is_the_caller() -> None:
    with bridged(sys.executable, "-c", UPPER) as (port, bridge):
        for _ in range(3):
            dial(port).close()
        with dial(port) as caller:
            caller.sendall(b"one\n")
            assert caller.recv(100) == b"ONE\n"
            caller.sendall(b"two\n")
            assert caller.recv(100) == b"TWO\n"
            caller.shutdown(socket.SHUT_WR)
            assert rest(caller) == b"end of input\n"
        assert bridge.wait(60) == 3
        assert bridge.stderr
        assert bridge.stderr.read() == b"on the way\n"


def test_much_goes_through_both_ways() -> None:
    with bridged("cat") as (port, bridge), dial(port) as caller:
        sent = os.urandom(1 << 20)
        got = b""
        for start in range(0, len(sent), 1 << 16):
            caller.sendall(sent[start : start + (1 << 16)])
            got += caller.recv(1 << 20)
        caller.shutdown(socket.SHUT_WR)
        assert got + rest(caller) == sent
        assert bridge.wait(60) == 0


def test_a_caller_that_is_gone_ends_the_program() -> None:
    with bridged("sh", "-c", "read x; while :; do echo $$; sleep 0.05; done") as (port, bridge):
        with dial(port) as caller:
            caller.sendall(b"go\n")
            pid = int(caller.recv(100).split()[0])
        assert bridge.wait(60) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_program_that_ends_before_anybody_calls_gives_its_code() -> None:
    with bridged("sh", "-c", "echo no key >&2; exit 4") as (_, bridge):
        assert bridge.wait(60) == 4
        assert bridge.stderr
        assert bridge.stderr.read() == b"no key\n"
    with bridged("/absent") as (_, bridge):
        assert bridge.wait(60) == 127
        assert bridge.stderr
        assert b"cannot start /absent" in bridge.stderr.read()


def test_a_program_that_stops_reading_does_not_break_it() -> None:
    with bridged("sh", "-c", "exec <&-; sleep 0.3; echo done") as (port, bridge), dial(port) as caller:
        caller.sendall(b"x" * 200_000)
        assert rest(caller) == b"done\n"
        assert bridge.wait(60) == 0


@contextmanager
def in_this_process(*command: str) -> Iterator[tuple[int, list[int]]]:
    """The bridge in a thread; its code is in the list when it has ended."""
    port, ended = free_port(), []
    thread = threading.Thread(target=lambda: ended.append(stdio.main([str(port), "--", *command])))
    thread.start()
    yield port, ended
    thread.join(30)


def test_in_one_process_too(capsys: pytest.CaptureFixture[str]) -> None:
    with in_this_process(sys.executable, "-c", UPPER) as (port, ended):
        dial(port).close()
        with dial(port) as caller:
            caller.sendall(b"one\n")
            assert caller.recv(100) == b"ONE\n"
            caller.shutdown(socket.SHUT_WR)
            assert rest(caller) == b"end of input\n"
    assert ended == [3]
    with in_this_process("/absent") as (_, ended):
        pass
    assert ended == [127]
    assert "cannot start /absent" in capsys.readouterr().err


def test_a_program_that_does_not_heed_the_end_of_its_caller_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdio, "_END_WITHIN_S", 0.2)
    script = "trap '' TERM; read x; while :; do echo $$; sleep 0.05; done"
    with in_this_process("sh", "-c", script) as (port, ended), dial(port) as caller:
        caller.sendall(b"go\n")
        assert caller.recv(100)
    assert ended == [128 + signal.SIGKILL]


@pytest.mark.feature("F2.2")
def test_it_works_in_a_sandbox(backend: SandboxBackend, python: Toolchain) -> None:
    argv, files = stdio.behind([python.program, "-c", UPPER], port=PORT, python=python.program)
    spec = SandboxSpec(argv=argv, files=files, ro_layers=python.ro_layers, limits=SMALL)
    handle = backend.start(spec, port=PORT)
    try:
        assert handle.wait_ready(20), handle.output()
        with handle.connect() as caller:
            caller.sendall(b"inside\n")
            assert caller.recv(100) == b"INSIDE\n"
            caller.shutdown(socket.SHUT_WR)
            assert rest(caller) == b"end of input\n"
        result = handle.result(60)
    finally:
        handle.stop()
    assert (result.status, result.exit_code, result.stderr) == ("nonzero", 3, "on the way\n")


def test_the_last_words_of_a_program_arrive(backend: SandboxBackend, python: Toolchain) -> None:
    """It ends right behind them, and the caller has said nothing of its own end."""
    script = "import sys; sys.stdin.readline(); sys.stdout.write('x' * 300000 + 'end')"
    argv, files = stdio.behind([python.program, "-c", script], port=PORT, python=python.program)
    handle = backend.start(SandboxSpec(argv=argv, files=files, ro_layers=python.ro_layers, limits=SMALL), port=PORT)
    try:
        assert handle.wait_ready(20), handle.output()
        with handle.connect() as caller:
            caller.sendall(b"go\n")
            answer = rest(caller)
        result = handle.result(60)
    finally:
        handle.stop()
    assert (len(answer), answer[-3:]) == (300003, b"end")
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.feature("F2.2")
def test_it_dies_with_the_worker(backend: SandboxBackend, state_dir: Path, tmp_path: Path) -> None:
    """A worker that is killed leaves neither the program nor what that started."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment |= {"SANDBOX_STATE_DIR": str(state_dir), "AUTODEV_DATA": str(tmp_path), "PYTHONPATH": "."}
    worker = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("programs") / "worker.py"), str(PORT)],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    assert worker.stdout
    mark = worker.stdout.readline().strip()
    assert mark
    assert running(mark)
    worker.kill()
    worker.wait()
    end = time.monotonic() + 60
    while running(mark) and time.monotonic() < end:
        time.sleep(0.05)
    assert not running(mark)


def running(mark: str) -> list[str]:
    """Processes whose command line holds the word."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mark in text:
            found.append(text)
    return found
