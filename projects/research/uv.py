"""The platform's own uv, asked on the host. It resolves names from an index; it never builds or runs a package."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from autodev.contracts.ports import Cancelled
from projects.research.errors import RegistryUnreachable, ResolutionConflict, ResolverMissing

# A variable that picks another interpreter or environment has no say here; index, proxy and certificate settings have.
_DROPPED = ("UV_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "UV_PROJECT", "UV_CONFIG_FILE")
_POLL_S = 0.1
_INDEX_LINE = re.compile(r"^--(?:default-index|index-url) (\S+)$", re.MULTILINE)


def uv_program() -> str:
    """The uv beside this interpreter, else of the PATH. Raises ResolverMissing where there is none."""
    beside = Path(sysconfig.get_path("scripts")) / "uv"
    found = str(beside) if beside.is_file() else shutil.which("uv")
    if found is None:
        raise ResolverMissing("uv is not installed")
    return found


def compile_requirements(
    arguments: Sequence[str],
    requirements: Sequence[str],
    *,
    timeout_s: float,
    cancel: threading.Event | None = None,
) -> str:
    """The output of `uv pip compile`. Raises ResolutionConflict or RegistryUnreachable with uv's explanation, and
    Cancelled when `cancel` is set meanwhile."""
    command = [
        uv_program(), "pip", "compile", "--quiet", "--no-progress", "--color", "never", "--only-binary", ":all:",
        "--no-python-downloads", "--python", sys.executable, *arguments, "-",
    ]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k not in _DROPPED}
    # An empty directory, so that no pyproject.toml or uv.toml of a project is obeyed.
    with tempfile.TemporaryDirectory(prefix="autodev-uv-") as empty:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=empty,
            env=environment, start_new_session=True,
        )  # fmt: skip
        with process:
            try:
                out, errors = _talk(process, "\n".join(requirements) + "\n", timeout_s, cancel)
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise
    if process.returncode == 0:
        return out
    said = without_hosts(errors.strip())[-2000:]
    if "No solution found" in said and "connect" not in said and "network was disabled" not in said:
        raise ResolutionConflict(said)
    raise RegistryUnreachable(said or f"uv ended with {process.returncode}")


def _talk(
    process: subprocess.Popen[str], said: str, timeout_s: float, cancel: threading.Event | None
) -> tuple[str, str]:
    """What the process wrote until it ended. Raises RegistryUnreachable after the time, and Cancelled."""
    end = time.monotonic() + timeout_s
    left: str | None = said
    while True:
        try:
            return process.communicate(left, timeout=_POLL_S)
        except subprocess.TimeoutExpired:
            left = None  # communicate keeps what it was given
        if cancel is not None and cancel.is_set():
            raise Cancelled
        if time.monotonic() > end:
            raise RegistryUnreachable(f"the resolver did not answer in {timeout_s:.0f} s")


@functools.cache
def index_url() -> str:
    """The Simple API's address as this machine's uv is configured, read once a process."""
    shown = compile_requirements(["--emit-index-url", "--no-header"], [], timeout_s=30)
    match = _INDEX_LINE.search(shown)
    if match is None:
        raise RegistryUnreachable("the package client names no index")
    return match[1].rstrip("/")


def without_hosts(text: str) -> str:
    """The text with the addresses of servers cut out: they may hold credentials and say nothing to the reader."""
    return re.sub(r"\b(?:https?|file)://[^\s`'\")]+", "<index>", text)
