"""The real engine follows the model, whatever happens in whatever order; without its fence it does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import ProtocolMachine

# The examples and steps of a usual run, and of a long one: `AUTODEV_MODEL=long pytest tests/model`.
EXAMPLES, STEPS = (400, 60) if os.environ.get("AUTODEV_MODEL") == "long" else (15, 50)


@pytest.fixture(autouse=True)
def _data(data_dir: Path) -> Path:
    return data_dir


@pytest.mark.feature("F3.6")
@pytest.mark.django_db(transaction=True)
def test_the_engine_follows_the_model_whatever_happens() -> None:
    checked = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck),
        database=None, phases=[Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(ProtocolMachine, settings=checked)
