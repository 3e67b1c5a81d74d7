"""The fixtures of the tests of switches: a build in the engine, the gateway, the programs and the lab, all real."""

from __future__ import annotations

from tests.conftest import data_dir, django_db_modify_db_settings, pytest_configure, pytest_unconfigure
from tests.switching.conftest import _lab, _warm, claude_program, lab, opencode_program, scene, short_ladder

__all__ = [
    "_lab", "_warm", "claude_program", "data_dir", "django_db_modify_db_settings", "lab", "opencode_program",
    "pytest_configure", "pytest_unconfigure", "scene", "short_ladder",
]  # fmt: skip
