"""A build by a model of plain chat completions is recorded, and built again from the cassette with the model gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cassettes import Player, Recorder, read_cassette
from tests.developers import Developer, good
from tests.doors.conftest import Cli
from tests.doors.scripted import GOOD, PLAIN, build, configure
from tests.doors.test_models import spec_by_model
from tests.providers_lab import Lab
from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "lab"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.feature("F1.1", "F1.3", "F2.1"),
]
REAL = "sk-real-0123456789abcdef"


def test_a_whole_build_comes_from_a_cassette(own: Cli, lab: Lab, tmp_path: Path) -> None:
    model, file = lab.upstream("a"), tmp_path / "build.jsonl"
    model.answer(Developer(good(GOOD), forms={"Reading": lambda _: spec_by_model()}))
    model.valid_keys = frozenset({REAL})
    recorder = Recorder(model.openai_url, file, key=REAL)
    configure(own, f"http://127.0.0.1:{lab.serve(recorder.handle)}", capabilities=PLAIN)
    recorded = build(own)
    lab.run(recorder.close(), timeout_s=60)
    assert recorded.result["state"] == "succeeded", recorded.told
    exchanges = read_cassette(file)
    assert len(exchanges) >= 6
    assert not any(
        word in one.body for one in exchanges if one.method == "POST" for word in ("tools", "response_format")
    )
    assert REAL not in file.read_text()
    asked, before = model.calls, (recorded.out / "app/main.py").read_text()

    model.fail("refused")
    player = Player(exchanges, by_course=True)
    configure(own, f"http://127.0.0.1:{lab.serve(player.handle)}", capabilities=PLAIN)
    played = build(own)
    assert played.result["state"] == "succeeded", (played.told, json.dumps(player.unknown, indent=1))
    assert player.unknown == []
    assert player.played >= 6
    assert model.calls == asked
    assert (played.out / "app/main.py").read_text() == before
