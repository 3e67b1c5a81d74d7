"""The platform's own uv, asked on the host. It resolves names from an index; it never builds or runs a package."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from projects.research.errors import RegistryUnreachable, ResolutionConflict

# A variable that picks another interpreter or environment has no say here; index, proxy and certificate settings have.
_DROPPED = ("UV_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "UV_PROJECT", "UV_CONFIG_FILE")
_INDEX_LINE = re.compile(r"^--(?:default-index|index-url) (\S+)$", re.MULTILINE)


def uv_program() -> str:
    """The uv beside this interpreter, else of the PATH. Raises RegistryUnreachable where there is none."""
    beside = Path(sysconfig.get_path("scripts")) / "uv"
    found = str(beside) if beside.is_file() else shutil.which("uv")
    if found is None:
        raise RegistryUnreachable("uv is not installed")
    return found


def compile_requirements(arguments: Sequence[str], requirements: Sequence[str], *, timeout_s: float) -> str:
    """The output of `uv pip compile`. Raises ResolutionConflict or RegistryUnreachable with uv's explanation."""
    command = [
        uv_program(), "pip", "compile", "--quiet", "--no-progress", "--color", "never", "--only-binary", ":all:",
        "--no-python-downloads", "--python", sys.executable, *arguments, "-",
    ]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k not in _DROPPED}
    # An empty directory, so that no pyproject.toml or uv.toml of a project is obeyed.
    with tempfile.TemporaryDirectory(prefix="autodev-uv-") as empty:
        try:
            done = subprocess.run(
                command, input="\n".join(requirements) + "\n", capture_output=True, text=True, check=False,
                timeout=timeout_s, cwd=empty, env=environment,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise RegistryUnreachable(f"the resolver did not answer in {timeout_s:.0f} s") from error
    if done.returncode == 0:
        return done.stdout
    said = without_hosts(done.stderr.strip())[-2000:]
    if "No solution found" in said and "connect" not in said and "network was disabled" not in said:
        raise ResolutionConflict(said)
    raise RegistryUnreachable(said or f"uv ended with {done.returncode}")


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
