"""The two programs of ours that run inside, driven outside: the relay, and the self-test's report as a control."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from pathlib import Path

import pytest

from autodev.sandbox import relay, selftest_inside

ECHO = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
server.settimeout(10)
for _ in range(2):  # the relay's own look, then the request
    connection, _ = server.accept()
    connection.sendall(connection.recv(100).upper())
    connection.close()
sys.exit(5)
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


async def test_it_carries_requests_in_once_the_app_listens(tmp_path: Path) -> None:
    port, (read, write) = free_port(), os.pipe()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "in.sock"))
    listener.listen()
    arguments = ["--notice", str(write), "in", str(port), str(listener.detach()), "--"]
    running = asyncio.ensure_future(relay.main([*arguments, sys.executable, "-c", ECHO, str(port)]))
    assert await asyncio.to_thread(os.read, read, 1) == b"R"
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "in.sock"))
    writer.write(b"hello")
    assert await reader.read() == b"HELLO"
    writer.close()
    assert await running == 5
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "in.sock"))
    assert await reader.read() == b""  # the app is gone
    writer.close()
    for fd in (read, write):
        os.close(fd)


async def test_it_carries_requests_out(tmp_path: Path) -> None:
    port, (read, write) = free_port(), os.pipe()
    path = tmp_path / "out.sock"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read(100)).upper())
        writer.close()

    server = await asyncio.start_unix_server(answer, str(path))
    ask = (
        "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); s.sendall(b'hello');"
        "sys.exit(0 if s.recv(9) == b'HELLO' else 1)"
    )
    arguments = ["--notice", str(write), "out", str(port), str(path), "--", sys.executable, "-c", ask, str(port)]
    assert await relay.main(arguments) == 0
    server.close()
    await server.wait_closed()
    path.unlink()
    other = free_port()
    arguments = ["--notice", str(write), "out", str(other), str(path), "--", sys.executable, "-c", ask, str(other)]
    assert await relay.main(arguments) == 1
    for fd in (read, write):
        os.close(fd)


async def test_it_says_that_a_command_does_not_start_and_passes_signals_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read, write = os.pipe()
    arguments = ["--notice", str(write), "out", str(free_port()), str(tmp_path / "x"), "--"]
    assert await relay.main([*arguments, "/absent"]) == 127
    assert os.read(read, 1) == b"X"
    assert "cannot start /absent" in capsys.readouterr().err
    arguments[3] = str(free_port())
    assert await relay.main([*arguments, "sh", "-c", "kill -9 $$"]) == 137
    for fd in (read, write):
        os.close(fd)


def test_outside_a_sandbox_the_report_finds_every_canary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTODEV_CANARY", "x")
    (tmp_path / "canary").write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as server:
        question = {"name": "AUTODEV_CANARY", "file": str(tmp_path / "canary"), "port": server.getsockname()[1]}
        selftest_inside.report(json.dumps(question))
    found = json.loads(capsys.readouterr().out)
    assert found["capabilities"] != 0
    assert found["no_new_privileges"] == 0
    assert found["seccomp"] == 0
    assert all(found[name] for name in ("sees_environment", "sees_file", "reaches_host", "opens_vsock"))


def test_the_hog_takes_what_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    selftest_inside.hog("8192")
    assert slept == [5]
