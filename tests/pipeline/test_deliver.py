"""What a build ends with: the gate's word, its facts, and what can be downloaded."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from projects.checks.types import Rung
from projects.models import Artifact
from projects.selectors.artifacts import evidence_file_of
from projects.selectors.files import zip_of
from projects.states import BuildState, TaskState
from tests.pipeline.conftest import GOOD, Pipeline

pytestmark = pytest.mark.feature("F1.18")


def deliver(pipeline: Pipeline) -> None:
    for key in ("validate", "refine", "deliver"):
        assert pipeline.step(key).state == TaskState.SUCCEEDED


def test_a_product_that_does_not_parse_fails_with_a_sentence_each(pipeline: Pipeline, short_ladder: list[Rung]) -> None:
    pipeline.made({"probe/__init__.py": "this is no Python\n"}, short_ladder)
    deliver(pipeline)
    build = pipeline.build
    assert build.state == BuildState.FAILED
    assert [error.split(":")[0] for error in build.errors] == [
        "Syntax",
        "Lint and formatting",
        "No requirement was recorded, so nothing could be shown to be met.",
    ]
    assert build.errors == build.degraded
    assert build.metrics["phase_s"]["validate"] >= 0
    assert build.finished_at is not None


def test_what_was_delivered_is_what_is_downloaded(pipeline: Pipeline, short_ladder: list[Rung], data_dir: Path) -> None:
    pipeline.made({"probe/__init__.py": GOOD}, short_ladder)
    deliver(pipeline)
    build = pipeline.build
    assert build.state == BuildState.DEGRADED
    made = Artifact.objects.get(kind="zip", commit=build.head)
    name, data = zip_of(build)
    assert (name, data) == (made.name, (data_dir / made.path).read_bytes())
    assert f"{build.project.slug}/probe/__init__.py" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    name, data = evidence_file_of(build)
    assert name == Artifact.objects.get(kind="evidence").name
    told = json.loads(data)
    assert told["commit"] == build.head
    assert {rung["key"]: rung["result"] for rung in told["ladder"]} == {"parse": "passed", "lint": "passed"}


def test_what_is_gone_from_disk_is_made_again(pipeline: Pipeline, short_ladder: list[Rung], data_dir: Path) -> None:
    pipeline.made({"probe/__init__.py": GOOD}, short_ladder)
    deliver(pipeline)
    for row in Artifact.objects.all():
        (data_dir / row.path).unlink()
    assert zipfile.ZipFile(io.BytesIO(zip_of(pipeline.build)[1])).testzip() is None
    assert json.loads(evidence_file_of(pipeline.build)[1])["commit"] == pipeline.build.head
