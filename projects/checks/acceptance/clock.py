"""Starts a product under a later clock, without a change to its code.

For Python the interpreter's own start-up loads `inside/sitecustomize.py` from a read-only directory on PYTHONPATH,
which moves the clock with `time-machine`; time goes on from there. What asks the operating system itself (SQL's
CURRENT_TIMESTAMP, other programs) keeps the real time. Another language brings a `Clock` of its own, say of
libfaketime.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Protocol

INSIDE = "/opt/clock"
OFFSET = "ACCEPTANCE_CLOCK_OFFSET_S"
_HERE = Path(__file__).parent


class ClockUnavailable(RuntimeError):
    """The clock of this kind of product cannot be moved here; a check that wants it is not run."""


class Clock(Protocol):
    """How to start a command with its clock moved."""

    def ro_layers(self) -> Mapping[Path, str]: ...

    def env(self, offset_s: int, env: Mapping[str, str]) -> dict[str, str]:
        """`env` with what moves the clock."""


class PythonClock:
    """For interpreters of the version that runs this process, as the sandbox's toolchain has it."""

    def ro_layers(self) -> Mapping[Path, str]:
        return {python_clock_directory(): INSIDE}

    def env(self, offset_s: int, env: Mapping[str, str]) -> dict[str, str]:
        paths = [INSIDE, *filter(None, [env.get("PYTHONPATH")])]
        return {**env, "PYTHONPATH": ":".join(paths), OFFSET: str(offset_s)}


CLOCKS: Mapping[str, Clock] = {"python": PythonClock()}


@functools.cache
def python_clock_directory() -> Path:
    """A directory with `sitecustomize.py` and the installed `time_machine`, made once a process, readable by all."""
    try:
        parts = distribution("time-machine")
    except PackageNotFoundError as error:
        raise ClockUnavailable("time-machine is not installed") from error
    # Kept as long as the process: sandboxes bind it.
    directory = Path(_kept().name)
    shutil.copy(_HERE / "inside" / "sitecustomize.py", directory)
    for file in parts.files or ():
        if file.suffix in (".py", ".so") and "dist-info" not in file.parts[0]:
            target = directory / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), target)
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return directory


@functools.cache
def _kept() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="acceptance-clock-")
