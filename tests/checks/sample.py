"""A small good project: two routes, a rule, full tests. Each test breaks one thing in it."""

from __future__ import annotations

from pathlib import Path

from autodev.blueprints.manifest import Manifest

MANIFEST = Manifest.model_validate({
    "name": "sample", "title": "Sample", "summary": "A counter.", "language": "python", "framework": "fastapi",
    "project_types": ["rest_api"], "source": "counter", "dialect": "rest_json",
    "requirements": {"runtime": ["fastapi", "uvicorn"], "dev": ["httpx", "pytest", "pytest-cov"]},
    "run": {
        "argv": ["python", "-m", "uvicorn", "counter.main:app", "--port", "{port}"],
        "env": {"COUNTER_FILE": "{data}/count"},
        "prepare": [["python", "-m", "counter.prepare"]],
        "health_path": "/health",
        "openapi_path": "/openapi.json",
    },
})  # fmt: skip
REQUIREMENTS = [*MANIFEST.requirements.runtime, *MANIFEST.requirements.dev]

FILES = {
    "README.md": "# Counter\n",
    "pyproject.toml": '[project]\nname = "counter"\nversion = "0.1.0"\n\n[tool.ruff]\nline-length = 100\n',
    "counter/__init__.py": '"""A counter over HTTP."""\n',
    "counter/store.py": '''"""Where the count is kept."""

import os
from pathlib import Path


def path() -> Path:
    return Path(os.environ.get("COUNTER_FILE", "count.txt"))


def read() -> int:
    return int(path().read_text()) if path().exists() else 0


def add(step: int) -> int:
    """The new count. A step below one is refused."""
    if step < 1:
        raise ValueError("step must be at least 1")
    total = read() + step
    path().write_text(str(total))
    return total
''',
    "counter/prepare.py": '''"""Starts the count at zero."""

from counter import store

if __name__ == "__main__":
    store.path().write_text("0")
''',
    "counter/main.py": '''"""The HTTP interface."""

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from counter import store

app = FastAPI(title="Counter")


class Count(BaseModel):
    total: int


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/count")
def show() -> Count:
    return Count(total=store.read())


@app.post("/count/{step}", status_code=201)
def add(step: int) -> Count:
    try:
        return Count(total=store.add(step))
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
''',
    "tests/__init__.py": "",
    "tests/test_counter.py": """from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from counter.main import app


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setenv("COUNTER_FILE", str(tmp_path / "count"))
    return TestClient(app)


def test_counts(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/count").json() == {"total": 0}
    assert client.post("/count/3").json() == {"total": 3}
    assert client.post("/count/2").json() == {"total": 5}


def test_refuses_a_step_below_one(client: TestClient) -> None:
    assert client.post("/count/0").status_code == 422
""",
}


def write(root: Path, changes: dict[str, str | None] | None = None) -> Path:
    """The project below `root`, with some files changed or (None) left out."""
    for name, text in {**FILES, **(changes or {})}.items():
        if text is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
    return root


def changed(name: str, old: str, new: str) -> dict[str, str | None]:
    """That file with one place changed; an error where the place is not there exactly once."""
    assert FILES[name].count(old) == 1, f"{old!r} is {FILES[name].count(old)} times in {name}"
    return {name: FILES[name].replace(old, new)}
