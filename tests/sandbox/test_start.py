"""A server inside, reached through the passed socket."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autodev.sandbox import LIMITS, Owner, RunningSandbox, SandboxBackend, SandboxSpec, Toolchain
from autodev.sandbox.sockets import short_name
from tests.sandbox.conftest import SMALL

PORT = 8123


class _Through(http.client.HTTPConnection):
    """HTTP over the handle's sockets."""

    def __init__(self, handle: RunningSandbox) -> None:
        super().__init__("app")
        self._handle = handle

    def connect(self) -> None:
        self.sock = self._handle.connect()


def server(python: Toolchain, **changes: object) -> SandboxSpec:
    argv = [python.program, "-m", "http.server", str(PORT), "--bind", "127.0.0.1"]
    return SandboxSpec(argv=argv, ro_layers=python.ro_layers, limits=LIMITS["smoke"], **changes)  # type: ignore[arg-type]


def get(handle: RunningSandbox, path: str) -> int:
    connection = _Through(handle)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def eventually(holds: Callable[[], bool], *, within_s: float = 60.0) -> bool:
    """Whether it comes true in time: a server writes its log when it likes."""
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_requests_reach_the_app_and_nothing_else_does(backend: SandboxBackend, python: Toolchain) -> None:
    handle = backend.start(server(python), port=PORT)
    try:
        assert handle.wait_ready(20)
        assert get(handle, "/") == 200
        assert get(handle, "/absent") == 404
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", PORT), timeout=1)
        assert eventually(lambda: "/absent" in handle.output()[1])
        with pytest.raises(TimeoutError):
            handle.result(0.01)
    finally:
        result = handle.stop()
    assert (result.status, result.reason) == ("killed", "cancelled")
    assert handle.stop() is result
    assert not handle.alive
    with pytest.raises(ConnectionRefusedError):
        handle.connect()


def test_it_outlives_the_thread_that_started_it(backend: SandboxBackend, python: Toolchain) -> None:
    started: list[RunningSandbox] = []
    thread = threading.Thread(target=lambda: started.append(backend.start(server(python), port=PORT)))
    thread.start()
    thread.join()
    try:
        assert started[0].wait_ready(20)
        assert get(started[0], "/") == 200
    finally:
        started[0].stop()


def test_an_app_that_ends_at_once_is_never_ready(backend: SandboxBackend) -> None:
    handle = backend.start(SandboxSpec(argv=["sh", "-c", "echo no; exit 4"]), port=PORT)
    assert not handle.wait_ready(20)
    result = handle.result(60)
    assert (result.status, result.exit_code, result.stdout) == ("nonzero", 4, "no\n")


def test_an_app_that_does_not_start_is_a_setup_error(backend: SandboxBackend) -> None:
    assert backend.start(SandboxSpec(argv=["absent"]), port=PORT).result(60).status == "setup_error"


def test_limits_hold_for_it_too(backend: SandboxBackend) -> None:
    assert backend.start(SandboxSpec(argv=["yes"], limits=SMALL), port=PORT).result(60).status == "output_limit"


def test_the_spec_s_cancel_ends_it(backend: SandboxBackend, python: Toolchain) -> None:
    cancel = threading.Event()
    handle = backend.start(server(python, cancel=cancel), port=PORT)
    assert handle.wait_ready(20)
    cancel.set()
    assert handle.result(60).status == "killed"


def test_an_error_of_the_callback_is_raised_to_who_asks(backend: SandboxBackend) -> None:
    def on_output(_stream: str, _text: str) -> None:
        raise LookupError("from the callback")

    handle = backend.start(SandboxSpec(argv=["sh", "-c", "echo x; sleep 60"], on_output=on_output), port=PORT)
    with pytest.raises(LookupError):
        handle.result(60)


def test_what_cannot_be_set_up_is_told_by_the_result(backend: SandboxBackend) -> None:
    absent = SandboxSpec(argv=["true"], ro_layers={Path("/absent"): "/opt/x"})
    handle = backend.start(absent, port=PORT)
    assert handle.result(60).status == "setup_error"
    assert handle.output() == ("", "")


def test_a_socket_may_lie_deep(tmp_path: Path) -> None:
    """A run's directory holds the task's id, and a state directory may be long already."""
    folder = tmp_path / ("d" * 60) / ("e" * 60)
    folder.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as caller:
        with pytest.raises(OSError, match="too long"):
            listener.bind(str(folder / "app.sock"))
        with short_name(folder / "app.sock") as name:
            listener.bind(name)
            listener.listen()
        with short_name(folder / "app.sock") as name:
            caller.connect(name)
    assert (folder / "app.sock").is_socket()


def test_a_server_with_a_tasks_whole_id_answers(backend: SandboxBackend, python: Toolchain, tmp_path: Path) -> None:
    owner = Owner("01a1fc31-3bc2-73d7-a0f1-348ba2449fe9", 10_000_000)
    handle = backend.start(server(python, owner=owner), port=PORT)
    try:
        assert handle.wait_ready(20), handle.output()
        assert get(handle, "/") == 200
    finally:
        handle.stop()
