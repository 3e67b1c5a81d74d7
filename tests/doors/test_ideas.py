"""The ideas of the founding list, each through the command line: the promised word, with evidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.doors.conftest import Cli

IDEAS = {
    entry["id"]: entry
    for line in (Path(__file__).parent.parent / "spec" / "golden" / "ideas.jsonl").read_text().splitlines()
    if (entry := json.loads(line))
}
GREEN = ["todo-api", "library", "csvstat", "booking"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.feature("F1.1", "F1.3", "F1.6", "F1.10", "F1.11", "F1.18", "F2.3")
@pytest.mark.parametrize("name", GREEN)
def test_it_is_built_and_every_requirement_has_evidence(name: str, cli: Cli, git: Callable[..., str]) -> None:
    out = cli.cwd / "out"
    result = cli.json("build", IDEAS[name]["idea"], "--out", str(out))
    assert result["state"] == "succeeded", result
    assert result["exit_code"] == 0
    assert result["success"] is True
    assert result["degraded"] == []
    assert result["requirements"]
    assert {r["result"] for r in result["requirements"]} == {"met"}
    assert all(r["checks"] for r in result["requirements"])
    metrics = result["metrics"]
    assert metrics["checks_passed"] == metrics["checks_total"] > 0
    assert metrics["coverage"] >= 80
    assert metrics["tests"] > 0
    assert git(out, "status", "--porcelain") == ""
    assert len(git(out, "log", "--oneline").splitlines()) >= 4
    for path in ("README.md", "Dockerfile", "pyproject.toml", ".github/workflows/ci.yml", "requirements.lock"):
        assert (out / path).is_file(), path


@pytest.mark.parametrize("name", sorted(set(IDEAS) - set(GREEN) - {"shop"}))
def test_what_has_no_blueprint_yet_ends_with_an_honest_word(name: str, cli: Cli) -> None:
    entry = IDEAS[name]
    words = [f"--constraint={key}={value}" for key, value in entry.get("constraints", {}).items()]
    result = cli.json("build", entry["idea"], *words, "--out", str(cli.cwd / "out"))
    assert result["exit_code"] == 1
    assert result["state"] == "failed"
    assert "Not yet this stack" in " ".join(e["message"] for e in result["errors"])
    assert not (cli.cwd / "out").exists()
