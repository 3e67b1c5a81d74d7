"""The real agent programs, put there by AutoDev's own installer, once a machine (AUTODEV_PROGRAMS).

In a conftest: `from tests.agent_programs.fixtures import opencode_program`. One that cannot be installed
fails the test that asks for it; none is skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autodev.programs import claude, opencode_install
from autodev.programs.types import Installed

__all__ = ["claude_program", "opencode_program"]


@pytest.fixture(scope="session")
def opencode_program() -> Installed:
    return opencode_install.install(Path(os.environ["AUTODEV_PROGRAMS"]))


@pytest.fixture(scope="session")
def claude_program() -> Installed:
    return claude.install()
