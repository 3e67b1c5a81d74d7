"""Builds whose models fail in ways that only recovery gets over: bad work, too much at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autodev.spec.rules import analyse
from tests.doors.conftest import Cli
from tests.doors.test_models import models_yaml
from tests.providers_lab import Answer, Lab, ToolUse
from tests.providers_lab.answers import Asked
from tests.providers_lab.faults import Fault
from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "lab"]
pytestmark = [
    pytest.mark.slow, pytest.mark.feature("F3.2", "F3.4"), pytest.mark.timeout(900),
]  # fmt: skip

TOPICS = ("motto", "news", "weather")
FAST = {"RECOVERY_CHECK_INTERVAL_SECONDS": "1", "ENABLE_AI_RECOVERY": "false"}
Turn = tuple[str, dict[str, Any]]


def wish(topic: str) -> str:
    return f"The {topic} of the house stands at /{topic}."


def idea(*topics: str) -> str:
    return " ".join(["Create a REST API for a todo app with authentication.", *map(wish, topics)])


def spec_by_model(text: str) -> str:
    """The rules' Spec, and a check of each sentence that they do not understand."""
    data = json.loads(analyse(text, constraints={}, preferences={}).model_dump_json())
    for one in data["requirements"]:
        found = re.search(r"stands at /(\w+)", one["sentence"])
        if one["understood"] or found is None:
            continue
        topic = found[1]
        step = {
            "kind": "request", "path": f"/{topic}", "status": [200],
            "json_expect": [{"path": topic, "op": "eq", "value": f"The {topic}."}],
        }  # fmt: skip
        check = {"kind": "http", "id": topic, "title": f"The {topic} is told", "steps": [step]}
        one |= {"understood": True, "text": f"GET /{topic} gives the {topic}.", "checks": [check]}
    return json.dumps(data)


def asked_topics(asked: Asked) -> list[str]:
    """What is still missing, by the brief of an extending job."""
    brief = str(asked.body["messages"][1]["content"])
    return re.findall(r"^- .* stands at /(\w+)$", brief, re.MULTILINE)


def is_probe(asked: Asked) -> bool:
    """Whether only the provider's health is looked at."""
    return len(asked.body["messages"]) == 1


def reads(asked: Asked) -> bool:
    return "You turn a description" in str(asked.body["messages"][0]["content"])


def good(topics: list[str]) -> list[Turn]:
    """The turns of a model that adds a route and a test for each."""
    turns: list[Turn] = []
    for topic in topics:
        route = f"""
    @app.get("/{topic}", tags=["{topic}"], summary="The {topic} of the house")
    def {topic}() -> dict[str, str]:
        return {{"{topic}": "The {topic}."}}

    return app
"""
        test = f'''"""The {topic} of the house."""

from fastapi.testclient import TestClient

from app.main import create_app


def test_the_{topic}() -> None:
    with TestClient(create_app()) as client:
        assert client.get("/{topic}").json() == {{"{topic}": "The {topic}."}}
'''
        turns.append(("edit_file", {"path": "app/main.py", "old": "\n    return app\n", "new": route}))
        turns.append(("write_file", {"path": f"tests/test_{topic}.py", "content": test}))
    return [*turns, ("finish", {"summary": f"Added {', '.join(topics)}."})]


def spoken(asked: Asked, turns: list[Turn]) -> Answer:
    """The next turn of the conversation."""
    messages = asked.body["messages"]
    name, values = turns[min(sum(one["role"] == "assistant" for one in messages), len(turns) - 1)]
    use = ToolUse(name=name, arguments=json.dumps(values), id=f"call_{len(messages)}")
    return Answer(text="", tool_calls=(use,), finish="tool_calls")


def model(text: str, work: Callable[[Asked], Answer | Fault]) -> Callable[[Asked], Answer | Fault]:
    def answer(asked: Asked) -> Answer | Fault:
        if is_probe(asked):
            return Answer()
        return Answer(text=spec_by_model(text)) if reads(asked) else work(asked)

    return answer


def built(cli: Cli, text: str) -> dict[str, Any]:
    config = cli.cwd / "autodev.yaml"
    config.write_text("validation: {performance_check: false, security_scan: false}\n")
    out = str(cli.cwd / "out")
    done = cli("build", text, "--out", out, "--config", str(config), "--json", environment=FAST, timeout_s=850)
    assert done.stdout, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_bad_work_of_one_model_is_done_by_another(own: Cli, lab: Lab, tmp_path: Path) -> None:
    text = idea("motto")
    useless, second = lab.upstream("a"), lab.upstream("b")
    useless.answer(model(text, lambda asked: Answer(text="All of that is there already, I am sure.")))
    second.answer(model(text, lambda asked: spoken(asked, good(asked_topics(asked)))))
    own("models", "import", str(models_yaml(tmp_path, a=useless.base_url, b=second.base_url)))
    result = built(own, text)
    assert result["state"] == "succeeded", (result["errors"], result["degraded"], result["warnings"])
    assert (own.cwd / "out/tests/test_motto.py").is_file()
    told = [json.loads(one.raw)["messages"] for one in useless.requests if one.wire]
    begun = [
        one for one in told if "Still missing" in str(one) and not any(said["role"] == "assistant" for said in one)
    ]
    assert len(begun) == 1


def test_what_is_too_much_at_once_is_done_in_parts(own: Cli, lab: Lab, tmp_path: Path) -> None:
    text = idea(*TOPICS)
    only = lab.upstream("a")
    sizes: list[list[str]] = []

    def work(asked: Asked) -> Answer | Fault:
        topics = asked_topics(asked)
        if topics and topics not in sizes:  # jobs that add nothing name none
            sizes.append(topics)
        return Fault(name="context") if len(topics) > 1 else spoken(asked, good(topics))

    only.answer(model(text, work))
    own("models", "import", str(models_yaml(tmp_path, a=only.base_url)))
    result = built(own, text)
    assert result["state"] == "succeeded", (result["errors"], result["degraded"], result["warnings"])
    assert sizes == [list(TOPICS), *([topic] for topic in TOPICS)]
    met = {one["sentence"]: one["result"] for one in result["requirements"]}
    assert {met[wish(topic).rstrip(".")] for topic in TOPICS} == {"met"}
