"""A scene for the table of switches: the engine, the gateway, the programs and the lab, all real."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autodev.lib import failpoints
from autodev.programs import Installed
from projects.checks.types import Rung
from projects.engine import hooks
from providers.live import process
from providers.routing import wiring
from tests.agent_programs.fixtures import claude_program, opencode_program
from tests.kept import share_layers
from tests.pipeline.conftest import short_ladder
from tests.providers_lab import Lab
from tests.providers_lab.fixtures import _lab, lab
from tests.routing.conftest import _warm
from tests.switching.scene import Scene

__all__ = ["_lab", "_warm", "claude_program", "lab", "opencode_program", "short_ladder"]
TABLE = "AUTODEV_SWITCHES_TABLE"
Row = Callable[..., None]


@pytest.fixture
def scene(
    transactional_db: None, data_dir: Path, tmp_path: Path, lab: Lab, _warm: None, short_ladder: list[Rung],
    claude_program: Installed, opencode_program: Installed, monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scene]:  # fmt: skip
    monkeypatch.setattr(failpoints, "_faults", {})
    monkeypatch.setattr(hooks, "_hook", lambda failure: None)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-lab-000000000000000000")
    share_layers(data_dir)
    (tmp_path / "made").mkdir()
    yield Scene(tmp_path / "made", lab, short_ladder)
    process.stop()
    wiring.forget()


@pytest.fixture
def row() -> Row:
    """Adds a row to the table that `python -m bench.agent.switches` prints."""

    def write(**values: Any) -> None:
        place = os.environ.get(TABLE)
        if place:
            with Path(place).open("a", encoding="utf-8") as file:
                file.write(json.dumps(values) + "\n")

    return write
