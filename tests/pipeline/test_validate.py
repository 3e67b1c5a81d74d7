"""What the validate phase tells while it measures."""

from __future__ import annotations

import threading

import pytest

from projects.checks.types import Rung
from projects.engine.context import TaskContext
from tests.pipeline.conftest import GOOD, Pipeline


def test_per_cent_moves_with_each_rung(
    pipeline: Pipeline, short_ladder: list[Rung], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, str, bool]] = []

    def progress(self: TaskContext, percent: int, text: str = "") -> None:
        told.append((percent, text, threading.current_thread() is threading.main_thread()))

    monkeypatch.setattr(TaskContext, "progress", progress)
    pipeline.made({"probe/__init__.py": GOOD}, short_ladder)
    pipeline.step("validate")
    assert [percent for percent, _, _ in told] == [2, 31, 60, 60, 98]
    assert "Syntax (1/2)" in told[1][1]
    assert all(mine for _, _, mine in told)
