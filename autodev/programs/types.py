"""What is said of an agent program on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autodev.lib.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """`program` is the executable file on the host; `folder` all that it needs, to be bound read-only."""

    name: str
    version: str
    program: Path
    folder: Path


class ProgramMissing(DomainError):
    """A program is not there, or not in a version that goes with AutoDev."""

    code = "program_missing"
    status = 409


class InstallFailed(DomainError):
    """A program could not be installed; nothing of the try is left."""

    code = "install_failed"
    status = 503
