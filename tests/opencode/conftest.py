"""The real OpenCode, in the real sandbox, through the real gateway, against the lab."""

from __future__ import annotations

import pytest

from autodev.programs import Installed
from tests.agent_programs.fixtures import opencode_program
from tests.opencode.odd import instead_of_the_gateway
from tests.programs.conftest import Here, here
from tests.providers_lab.fixtures import _lab, lab
from tests.routing.conftest import _warm

__all__ = ["Here", "_lab", "_warm", "here", "instead_of_the_gateway", "lab", "opencode_program"]


@pytest.fixture(autouse=True)
def _installed(opencode_program: Installed) -> None:
    """Each test here runs it."""
