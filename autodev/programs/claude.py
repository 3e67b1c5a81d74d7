"""Claude Agent SDK: the wheel `claude-agent-sdk` in the running environment, with the program that it bundles."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import invalidate_caches
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from autodev.programs.types import Installed, InstallFailed, ProgramMissing
from autodev.sandbox.toolchain import uv_toolchain

NAME = "claude"
# As in pyproject.toml's extra `claude`; the program comes with the wheel, so that one version is enough to say.
WANTED = "claude-agent-sdk>=0.2.186,<0.3"
HINT = "Install it: autodev agents install claude (or: pip install 'autodev[claude]')"
INSTALL_TIMEOUT_S = 900.0
Say = Callable[[str], None]


def find() -> Installed:
    """The bundled program of the installed wheel, without importing it. Raises ProgramMissing."""
    wanted = Requirement(WANTED)
    try:
        found = distribution(wanted.name)
    except PackageNotFoundError:
        raise ProgramMissing("The Claude Agent SDK is not installed.", hint=HINT) from None
    if not wanted.specifier.contains(found.version, prereleases=True):
        why = f"The Claude Agent SDK is {found.version}, and {wanted.specifier} is wanted."
        raise ProgramMissing(why, hint=HINT)
    program = Path(str(found.locate_file("claude_agent_sdk/_bundled/claude")))
    if not program.is_file():
        hint = f"Its wheel for this platform bundles it: uv pip install --reinstall '{WANTED}'"
        raise ProgramMissing(f"The Claude Agent SDK {found.version} has no bundled program.", hint=hint)
    return Installed(name=NAME, version=found.version, program=program, folder=program.parent)


def install(say: Say = lambda _: None, *, command: Sequence[str] | None = None) -> Installed:
    """It, put into the running environment by uv unless it is there. `command` is uv's. Raises InstallFailed."""
    try:
        return find()
    except ProgramMissing as missing:
        say(missing.message)
    argv = [*(command or _uv()), "pip", "install", "--quiet", "--python", sys.executable, WANTED]
    say(f"downloading {WANTED} (about 360 MB on disk)")
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_S, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise InstallFailed(f"uv cannot be run: {error}", hint="pip install uv") from error
    if done.returncode != 0:
        raise _failed(done.stderr or done.stdout)
    invalidate_caches()
    try:
        return find()
    except ProgramMissing as missing:
        raise InstallFailed(f"uv installed it, and yet: {missing.message}", hint=missing.hint) from missing


def _uv() -> list[str]:
    try:
        (program,) = uv_toolchain().ro_layers
    except FileNotFoundError as error:
        raise InstallFailed(str(error), hint="pip install uv") from error
    return [str(program)]


def _failed(said: str) -> InstallFailed:
    why = said.strip()[-500:]
    if "ermission denied" in why or "xternally managed" in why or "ead-only file system" in why:
        hint = f"This environment cannot be changed from inside; build it with the extra: pip install '{WANTED}'"
    else:
        hint = "Check the network, the proxy and the package index of pip or uv, then try again."
    return InstallFailed(f"uv could not install {WANTED}: {why}", hint=hint)
