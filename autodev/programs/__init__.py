"""Agent programs of others on this machine: which versions go with AutoDev, where they lie, how they are installed."""

from autodev.programs.known import find, install
from autodev.programs.types import Installed, InstallFailed, ProgramMissing

__all__ = ["InstallFailed", "Installed", "ProgramMissing", "find", "install"]
