"""What a backend must prove before anything untrusted runs in it. `which bwrap` proves nothing."""

from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
import threading
from pathlib import Path

from autodev.sandbox.toolchain import Toolchain
from autodev.sandbox.types import MIB, Limits, SandboxBackend, SandboxResult, SandboxSpec

_INSIDE = Path(__file__).with_name("selftest_inside.py")
_MEMORY = 64 * MIB
_SECCOMP_MODE_FILTER = 2


def examine(backend: SandboxBackend, python: Toolchain) -> tuple[dict[str, bool], list[str]]:
    """(feature -> held, failures in words). Takes about a second and runs only our own programs."""
    started = _report(backend, python)
    if isinstance(started, SandboxResult):
        why = started.reason or started.stderr.strip()[-300:] or started.status
        return {"starts": False}, [f"self-test: a sandbox does not start: {why}"]
    hog = _run(backend, python, "hog", str(_MEMORY * 4), memory_bytes=_MEMORY)
    claims = [
        ("starts", True, ""),
        ("no_capabilities", started["capabilities"] == 0, "capabilities are left"),
        ("no_new_privileges", started["no_new_privileges"] == 1, "NoNewPrivs is off"),
        ("seccomp", started["seccomp"] == _SECCOMP_MODE_FILTER, "the system-call filter is off"),
        ("clean_environment", not started["sees_environment"], "the worker's environment can be read"),
        ("files_hidden", not started["sees_file"], "a file of the host can be read"),
        ("loopback_closed", not started["reaches_host"], "the host's loopback can be reached"),
        ("vsock_refused", not started["opens_vsock"], "AF_VSOCK can be opened"),
        ("memory_limited", hog.status == "oom", f"an allocation above the limit ended as {hog.status}"),
        ("kill_is_final", _kill_is_final(backend, python), "a child survived the kill"),
    ]
    failures = [f"self-test: {why}" for _, held, why in claims if not held]
    return {name: held for name, held, _ in claims}, failures


def _report(backend: SandboxBackend, python: Toolchain) -> dict[str, int] | SandboxResult:
    """What a program inside finds of a canary in this process's environment, files and loopback."""
    canary, name = secrets.token_hex(16), f"AUTODEV_CANARY_{secrets.token_hex(4)}"
    with tempfile.NamedTemporaryFile("w", suffix=".canary") as file, socket.create_server(("127.0.0.1", 0)) as host:
        file.write(canary)
        file.flush()
        # Where a worker's secrets are: whatever inherits by mistake gives it away.
        os.environ[name] = canary
        try:
            question = {"name": name, "file": file.name, "port": host.getsockname()[1]}
            result = _run(backend, python, "report", json.dumps(question))
        finally:
            del os.environ[name]
    if result.status != "ok":
        return result
    answer: dict[str, int] = json.loads(result.stdout)
    return answer


def _kill_is_final(backend: SandboxBackend, python: Toolchain) -> bool:
    """A daemonised child carries a mark in its command line; after the kill no process may."""
    mark, forked = secrets.token_hex(16), threading.Event()
    result = _run(backend, python, "daemon", mark, cancel=forked)
    return result.status == "killed" and not _processes_with(mark)


def _processes_with(mark: str) -> list[int]:
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if mark.encode() in Path(f"/proc/{entry}/cmdline").read_bytes():
                found.append(int(entry))
        except OSError:  # it ended while we looked
            continue
    return found


def _run(
    backend: SandboxBackend,
    python: Toolchain,
    what: str,
    argument: str,
    *,
    memory_bytes: int = 256 * MIB,
    cancel: threading.Event | None = None,
) -> SandboxResult:
    def on_output(_stream: str, _text: str) -> None:
        if cancel:
            cancel.set()

    inside = "/run/selftest.py"
    return backend.run(
        SandboxSpec(
            argv=[python.program, "-I", "-S", inside, what, argument],
            files={inside: _INSIDE.read_bytes()},
            ro_layers=python.ro_layers,
            limits=Limits(wall_s=20, cpu_s=10, memory_bytes=memory_bytes, pids=32),
            cancel=cancel,
            on_output=on_output,
        )
    )
