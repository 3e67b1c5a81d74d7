"""The agent programs that AutoDev can install, by the names that the command line has for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from autodev.programs import claude, opencode, opencode_install
from autodev.programs.types import Installed

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProgram:
    """`kind` is the kind of providers that runs it. `find` raises ProgramMissing, `install` raises InstallFailed; both
    take the folder of AUTODEV_PROGRAMS."""

    name: str
    title: str
    kind: str
    find: Callable[[Path], Installed]
    install: Callable[[Path, Say], Installed]


AGENTS: Mapping[str, AgentProgram] = {
    one.name: one
    for one in (
        AgentProgram(
            name=claude.NAME, title="Claude Agent SDK", kind="claude_agent",
            find=lambda _: claude.find(), install=lambda _, say: claude.install(say),
        ),
        AgentProgram(
            name=opencode.NAME, title="OpenCode", kind="opencode", find=opencode.find, install=opencode_install.install,
        ),
    )
}  # fmt: skip


def home() -> Path:
    """AUTODEV_PROGRAMS."""
    return Path(settings.AUTODEV_PROGRAMS)


def find(name: str) -> Installed:
    """The program of this name on this machine. Raises ProgramMissing, KeyError for a name that is none."""
    return AGENTS[name].find(home())


def install(name: str, say: Say = lambda _: None) -> Installed:
    """It, installed unless it is there. Raises InstallFailed, KeyError for a name that is none."""
    return AGENTS[name].install(home(), say)
