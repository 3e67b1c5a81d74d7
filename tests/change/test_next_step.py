"""What the command line says after a change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autodev.cli.change import next_step
from autodev.coder.types import BuildResult, Metrics


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"merged": True}, "Merged into the project's main line."),
        ({}, "Not merged yet: autodev merge b1, or autodev discard b1"),
        ({"success": False}, "Not merged yet: autodev merge b1 --accept-degraded, or autodev discard b1"),
        ({"success": False, "project_path": None}, "Not merged: nothing was delivered. The main line is as it was."),
    ],
)
def test_the_next_step_is_named(given: dict[str, Any], said: str) -> None:
    usual: dict[str, Any] = {
        "success": True, "state": "succeeded", "build_id": "b1", "project_path": Path("app"), "tech_stack": {},
        "metrics": Metrics(duration_s=1, phase_s={}, files=1, tests=1, coverage=90, checks_passed=1, checks_total=1),
    }  # fmt: skip
    assert next_step(BuildResult(**(usual | given))) == said
