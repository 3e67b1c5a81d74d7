"""A build whose model chooses the foundation: the idea leaves open what is made, and the product becomes that."""

from __future__ import annotations

import json
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import pytest

from autodev.spec.rules import analyse
from tests.doors.conftest import Cli, own
from tests.doors.test_models import models_yaml
from tests.providers_lab import Answer, Lab
from tests.providers_lab.answers import Asked
from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "lab", "own"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
IDEA = "Track books. A book has a title and an author."
WHY = "People keep such a list in a browser."


def as_a_model(asked: Asked) -> Answer:
    """Reads the idea as the rules do, and would rather have pages than an API."""
    system = str(asked.body["messages"][0]["content"])
    if "You turn a description" in system:
        return Answer(text=analyse(IDEA, constraints={}, preferences={}).model_dump_json())
    if "You choose the technical foundation" in system:
        return Answer(text=json.dumps({"blueprint": "django-web", "reasons": [WHY]}))
    if "You review changes" in system:
        return Answer(text='{"summary": "It is what was asked for."}')
    return Answer(text="Nothing is missing.")


@pytest.mark.feature("F1.1", "F1.3", "F2.2")
def test_what_a_model_chose_is_made_and_proved(own: Cli, lab: Lab, tmp_path: Path) -> None:
    assert analyse(IDEA).project_type == "rest_api"  # what the rules alone would make
    model = lab.upstream("a")
    model.answer(as_a_model)
    imported = own("models", "import", str(models_yaml(tmp_path, a=model.base_url)))
    assert imported.returncode == 0, imported.stderr
    out = own.cwd / "out"
    result = own.json("build", IDEA, "--out", str(out))
    assert result["state"] == "succeeded", (result["errors"], result["degraded"], result["warnings"])
    assert (out / "manage.py").is_file()
    assert not (out / "app/main.py").exists()
    plan = _plan(own.data / "autodev.sqlite3", uuid.UUID(result["build_id"]))
    assert plan["blueprint"] == "django-web"
    assert WHY in plan["reason"]


def _plan(database: Path, build_id: uuid.UUID) -> dict[str, Any]:
    with sqlite3.connect(database) as connection:
        (found,) = connection.execute(
            "select plan from projects_build where replace(id, '-', '') = ?", [build_id.hex]
        ).fetchone()
    plan: dict[str, Any] = json.loads(found)
    return plan
