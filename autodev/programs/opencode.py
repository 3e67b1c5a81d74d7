"""OpenCode: the native program of its npm package, in one fixed version.

The package `opencode-ai` only chooses among packages for platforms and starts what is in them, so that the one for this
platform is all that is needed, and Node.js only to download it. Its next major version has another API and changes the
database of this one: the version is raised together with `providers.kinds.opencode`.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from autodev.programs.types import Installed, InstallFailed, ProgramMissing

NAME = "opencode"
# Switches that keep it from asking others and from obeying files of the project; all that are set must hold a value.
QUIET = (
    "OPENCODE_DISABLE_AUTOUPDATE",
    "OPENCODE_DISABLE_MODELS_FETCH",
    "OPENCODE_DISABLE_LSP_DOWNLOAD",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS",
    "OPENCODE_DISABLE_SHARE",
    "OPENCODE_DISABLE_CLAUDE_CODE",
    "OPENCODE_DISABLE_PROJECT_CONFIG",
    "OPENCODE_PURE",
)
RECEIPT = "installed.json"
HINT = "Install it: autodev agents install opencode"
START_TIMEOUT_S = 60.0


@cache
def pinned() -> dict[str, Any]:
    """`version`, and `packages`: package of a platform → the hash that its archive must have."""
    data: dict[str, Any] = json.loads((Path(__file__).parent / "opencode.json").read_text(encoding="utf-8"))
    return data


def version() -> str:
    return str(pinned()["version"])


def package(machine: str | None = None, *, cpu: str | None = None, libc: str | None = None) -> str:
    """The package for this platform; the arguments stand in for what is found out. Raises InstallFailed."""
    machine = machine or platform.machine()
    architecture = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(machine.lower())
    if not sys.platform.startswith("linux") or architecture is None:
        raise InstallFailed(f"AutoDev runs OpenCode on Linux on x86-64 and arm64, not on {sys.platform} on {machine}.")
    old = architecture == "x64" and "avx2" not in (_cpu_flags() if cpu is None else cpu).split()
    musl = (platform.libc_ver()[0] if libc is None else libc) != "glibc"
    return f"opencode-linux-{architecture}{'-baseline' if old else ''}{'-musl' if musl else ''}"


def _cpu_flags() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return ""
    return next((line for line in text.splitlines() if line.startswith("flags")), "")


def find(home: Path) -> Installed:
    """The program below `home`, told by its receipt, without starting it. Raises ProgramMissing."""
    folder = home / NAME / version()
    receipt = receipt_of(folder)
    program = folder / "bin" / "opencode"
    if receipt is None:
        others = sorted(path.parent.name for path in (home / NAME).glob(f"*/{RECEIPT}"))
        beside = f"; there is {', '.join(others)}, which does not go with this AutoDev" if others else ""
        raise ProgramMissing(f"OpenCode {version()} is not in {home}{beside}.", hint=HINT)
    if not program.is_file() or program.stat().st_size != receipt.get("size"):
        raise ProgramMissing(f"OpenCode in {folder} is not whole.", hint=HINT)
    return Installed(name=NAME, version=version(), program=program, folder=folder)


def ask(program: Path) -> str:
    """What the program calls its version, else why it does not; it is started with a home of its own that goes."""
    with tempfile.TemporaryDirectory(prefix="autodev-opencode-") as home:
        environ = {"HOME": home, "PATH": os.defpath, "TMPDIR": home, **dict.fromkeys(QUIET, "1")}
        try:
            done = subprocess.run(
                [str(program), "--version"], cwd=home, env=environ, capture_output=True, text=True, check=False,
                timeout=START_TIMEOUT_S, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
    return done.stdout.strip() or done.stderr.strip()[-300:] or f"it ended with {done.returncode}"


def receipt_of(folder: Path) -> Mapping[str, Any] | None:
    """What the installation wrote down last: `version`, `package`, `size` and `sha256` of the program. None where there
    is none of the version that the folder is named by."""
    try:
        found = json.loads((folder / RECEIPT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("version") == folder.name else None
