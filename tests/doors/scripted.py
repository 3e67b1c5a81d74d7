"""Builds whose model is a scripted developer of the lab."""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.developers import Action, Edit, Write
from tests.doors.conftest import Cli
from tests.doors.test_models import IDEA, ROUTE, TEST

RETURN = "\n    return app\n"
ADDED = Edit("app/main.py", RETURN, f"{ROUTE}{RETURN}")
# What is done in the job that adds what is missing; those that test and document find nothing left to do.
EXTENDING = "Still missing"
GOOD: dict[str, list[Action]] = {EXTENDING: [ADDED, Write("tests/test_motto.py", TEST)]}
WITH_TOOLS = ("streaming", "tools", "structured")
PLAIN = ("streaming",)


def configure(cli: Cli, address: str, *, capabilities: tuple[str, ...] = WITH_TOOLS) -> None:
    """One model at the address, behind it the blueprint."""
    model = {
        "kind": "litellm", "model": "openai/scripted-1", "api_base": address, "needs_key": False,
        "capabilities": list(capabilities), "price": {"input_usd": 1, "output_usd": 2},
    }  # fmt: skip
    blueprint = {"kind": "blueprint", "emergency": True, "needs_key": False}
    document = {
        "version": 1,
        "providers": {"scripted": model, "blueprint": blueprint},
        "chains": {"default": {"providers": ["scripted", "blueprint"]}},
    }
    file = cli.cwd / "scripted.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    imported = cli("models", "import", str(file))
    assert imported.returncode == 0, imported.stderr


@dataclass(frozen=True)
class Built:
    """A build that has ended. `steps` are (key, kind, title, output) of all its tasks, in their order."""

    result: dict[str, Any]
    out: Path
    steps: list[tuple[str, str, str, Any]]

    @property
    def told(self) -> str:
        result = self.result
        return json.dumps([result["state"], result["errors"], result["degraded"], result["warnings"]], indent=1)

    def kind(self, kind: str) -> list[tuple[str, str, str, Any]]:
        return [one for one in self.steps if one[1] == kind]


def build(cli: Cli, *options: str, environment: dict[str, str] | None = None) -> Built:
    out = cli.cwd / f"out-{uuid.uuid4().hex[:6]}"
    done = cli("build", IDEA, "--json", "--out", str(out), *options, environment=environment, timeout_s=900)
    assert done.stdout, done.stderr
    result = {**json.loads(done.stdout), "exit_code": done.returncode}
    return Built(result, out, _steps(cli.data / "autodev.sqlite3", uuid.UUID(result["build_id"])))


def _steps(database: Path, build_id: uuid.UUID) -> list[tuple[str, str, str, Any]]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "select s.key, s.kind, s.title, s.output from projects_step s join projects_task t on t.id = s.task_id "
            "where replace(t.build_id, '-', '') = ? order by s.created_at, s.id",
            [build_id.hex],
        ).fetchall()
    return [(key, kind, title, json.loads(output or "null")) for key, kind, title, output in rows]
