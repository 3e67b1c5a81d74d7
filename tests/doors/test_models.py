"""A build with models: the idea is read by one, what the blueprint lacks is added, a broken provider is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from autodev.spec.rules import analyse
from tests.doors.conftest import Cli, own
from tests.providers_lab import Answer, Lab, ToolUse
from tests.providers_lab.answers import Asked
from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "lab", "own"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
WISH = "The motto of the house stands at /motto."
IDEA = f"Create a REST API for a todo app with authentication. {WISH}"
ROUTE = """
    @app.get("/motto", tags=["motto"], summary="The motto of the house")
    def motto() -> dict[str, str]:
        return {"motto": "Done is proved."}
"""
TEST = '''"""The motto of the house."""

from fastapi.testclient import TestClient

from app.main import create_app


def test_the_motto() -> None:
    with TestClient(create_app()) as client:
        assert client.get("/motto").json() == {"motto": "Done is proved."}
'''


def spec_by_model() -> str:
    """What a good model makes of the idea: the rules' Spec, and a check of the sentence that they do not understand."""
    spec = analyse(IDEA, constraints={}, preferences={})
    data = json.loads(spec.model_dump_json())
    (wish,) = [one for one in data["requirements"] if not one["understood"]]
    check = {
        "kind": "http",
        "id": "motto",
        "title": "The motto is told",
        "steps": [
            {
                "kind": "request",
                "path": "/motto",
                "status": [200],
                "json_expect": [{"path": "motto", "op": "eq", "value": "Done is proved."}],
            }
        ],
    }
    wish |= {"understood": True, "text": "GET /motto gives the motto.", "checks": [check]}
    return json.dumps(data)


def as_a_model(asked: Asked) -> Answer:
    """Reads the idea, and adds the route in three turns."""
    messages: list[dict[str, Any]] = asked.body["messages"]
    system = str(messages[0]["content"])
    if "You turn a description" in system:
        return Answer(text=spec_by_model())
    if "You review changes" in system:
        return Answer(text='{"summary": "The route does what it says."}')
    if "you write the tests" in system or "its documentation up to date" in system:
        return Answer(text="Nothing is missing.")
    turns: list[tuple[str, dict[str, Any]]] = [
        ("read_file", {"path": "app/main.py"}),
        ("edit_file", {"path": "app/main.py", "old": "\n    return app\n", "new": f"{ROUTE}\n    return app\n"}),
        ("write_file", {"path": "tests/test_motto.py", "content": TEST}),
        ("finish", {"summary": "The motto stands at /motto."}),
    ]
    name, values = turns[min(sum(m["role"] == "assistant" for m in messages), len(turns) - 1)]
    use = ToolUse(name=name, arguments=json.dumps(values), id=f"call_{len(messages)}")
    return Answer(text="", tool_calls=(use,), finish="tool_calls")


def models_yaml(folder: Path, **addresses: str) -> Path:
    """A chain of these providers at these addresses, then the blueprint."""
    providers: dict[str, Any] = {
        name: {
            "kind": "litellm", "model": f"openai/{name}-1", "api_base": f"{address}/v1", "needs_key": False,
            "capabilities": ["streaming", "tools", "structured"], "price": {"input_usd": 1, "output_usd": 2},
        }
        for name, address in addresses.items()
    }  # fmt: skip
    providers["blueprint"] = {"kind": "blueprint", "emergency": True, "needs_key": False}
    document = {"version": 1, "providers": providers, "chains": {"default": {"providers": list(providers)}}}
    file = folder / "models.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


@pytest.mark.feature("F1.1", "F1.3", "F2.1", "F2.8", "F2.14")
def test_what_the_rules_do_not_understand_is_read_made_and_proved(own: Cli, lab: Lab, tmp_path: Path) -> None:
    first, second = lab.upstream("a"), lab.upstream("b")
    first.fail("internal")
    second.answer(as_a_model)
    imported = own("models", "import", str(models_yaml(tmp_path, a=first.base_url, b=second.base_url)))
    assert imported.returncode == 0, imported.stderr
    out = own.cwd / "out"
    result = own.json("build", IDEA, "--out", str(out))
    assert result["state"] == "succeeded", (result["errors"], result["degraded"], result["warnings"])
    assert result["exit_code"] == 0
    assert '@app.get("/motto"' in (out / "app/main.py").read_text()
    assert (out / "tests/test_motto.py").is_file()
    assert second.calls >= 5
    assert first.calls >= 1


@pytest.mark.feature("F2.3", "F3.4")
def test_where_every_model_is_away_the_blueprint_does_it(own: Cli, lab: Lab, tmp_path: Path) -> None:
    away = lab.upstream("a")
    away.fail("internal")
    own("models", "import", str(models_yaml(tmp_path, a=away.base_url)))
    result = own.json("build", IDEA, "--patience", "0", "--out", str(own.cwd / "out"))
    assert result["state"] == "degraded"
    assert result["exit_code"] == 3
    told = " ".join(result["degraded"])
    sentence = WISH.rstrip(".")
    assert f'"{sentence}". What the blueprint made stands.' in told
    assert (own.cwd / "out" / "app/main.py").is_file()
