"""Whole builds in which a real agent program does what the blueprint lacks, is killed in the middle, and goes on."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest
import yaml

from autodev.programs import Installed
from tests.agent_programs.fixtures import claude_program, opencode_program
from tests.developers import Developer, good
from tests.doors.conftest import Cli
from tests.doors.scripted import GOOD, WITH_TOOLS
from tests.doors.test_cli import build_id
from tests.doors.test_developers import READING
from tests.doors.test_models import IDEA
from tests.providers_lab import Lab
from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "claude_program", "lab", "opencode_program"]
pytestmark = [
    pytest.mark.slow, pytest.mark.timeout(900),
    pytest.mark.feature("F2.2", "F2.11", "F1.1"),
]  # fmt: skip
KINDS = {"claude": "claude_agent", "opencode": "opencode"}


def configure(cli: Cli, program: str, address: str) -> None:
    """A model reads the idea and reviews; the program does the rest, by the same model."""
    model = {
        "kind": "litellm", "model": "openai/scripted-1", "api_base": address, "needs_key": False,
        "capabilities": list(WITH_TOOLS), "price": {"input_usd": 1, "output_usd": 2}, "context_window": 200_000,
    }  # fmt: skip
    document = {
        "version": 1,
        "providers": {
            "scripted": model,
            program: {"kind": KINDS[program], "model": "scripted"},
            "blueprint": {"kind": "blueprint", "emergency": True, "needs_key": False},
        },
        "chains": {
            "default": {"providers": ["scripted", "blueprint"]},
            "implement": {"providers": [program, "blueprint"]},
        },
    }
    file = cli.cwd / "programs.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    imported = cli("models", "import", str(file))
    assert imported.returncode == 0, imported.stderr


def steps(cli: Cli) -> list[tuple[str, str, str]]:
    """Key, kind and title of the newest build's steps, as they stand in the database."""
    with closing(sqlite3.connect(cli.data / "autodev.sqlite3", timeout=20)) as connection:
        return connection.execute(
            "select s.key, s.kind, s.title from projects_step s join projects_task t on t.id = s.task_id "
            "where t.build_id = (select id from projects_build order by created_at desc limit 1)"
        ).fetchall()


def told(cli: Cli, program: str) -> bool:
    """Whether something that the program did is kept."""
    return any(kind == "entries" and f":{program}:" in key for key, kind, _ in steps(cli))


def eventually(holds: Callable[[], object], within_s: float) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


@pytest.mark.parametrize("program", list(KINDS))
def test_a_program_builds_it_and_a_kill_in_its_midst_loses_nothing(
    own: Cli, lab: Lab, program: str, claude_program: Installed, opencode_program: Installed
) -> None:
    model, out = lab.upstream("a"), own.cwd / "out"
    model.answer(Developer(good(GOOD), forms=READING))
    configure(own, program, model.openai_url)
    with own.start("build", IDEA, "--json", "--out", str(out)) as build:
        eventually(lambda: told(own, program), within_s=400)
        build.send_signal(signal.SIGKILL)
        assert build.wait() == -signal.SIGKILL
    asked = model.calls
    done = own("resume", build_id(own), "--out", str(out), "--json", timeout_s=800)
    result = json.loads(done.stdout)
    assert result["state"] == "succeeded", (result["errors"], result["degraded"], result["warnings"])
    assert '@app.get("/motto"' in (out / "app/main.py").read_text()
    assert (out / "tests/test_motto.py").is_file()
    assert model.calls > asked
    # Nobody else did that part of it, neither before the kill nor after.
    workers = {title for key, kind, title in steps(own) if kind in {"began", "left"} and ":extend:" in key}
    assert workers == {f"{program} begins"}
