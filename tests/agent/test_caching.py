"""What a job's requests tell a provider to keep, over Anthropic's wire and OpenAI's, through the real routing."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from autodev.contracts.job import JobKind
from autodev.contracts.ports import Told
from providers.failures.classify import classify
from providers.failures.exceptions import signal_of
from providers.kinds.agent import AgentKind
from providers.kinds.litellm import LiteLLMKind
from providers.money.tokens import estimate_tokens
from providers.targets import Capability
from tests.agent.conftest import Desk
from tests.agent.jobs import EXTEND
from tests.providers_lab import Lab
from tests.providers_lab.answers import Answer, ToolUse
from tests.routing.conftest import _lab, _warm, lab
from tests.routing.fakes import target, world

__all__ = ["_lab", "_warm", "lab"]
pytestmark = [pytest.mark.feature("F1.7"), pytest.mark.usefixtures("_warm")]
STEPS = 30


def use(name: str, **values: Any) -> Answer:
    call = ToolUse(id=f"call_{json.dumps(values)[:40].encode().hex()}", name=name, arguments=json.dumps(values))
    return Answer(text="", tool_calls=(call,), finish="tool_calls")


async def bodies(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, wire: str, answers: list[Answer], *, says: dict[int, str] | None = None
) -> list[dict[str, Any]]:
    """What was sent in the job's turns. `says`: what a person says before which turn."""
    upstream = lab.upstream("dev")
    base = upstream.base_url if wire == "anthropic" else upstream.openai_url
    model = target(
        "dev", kind="fake", model=f"{wire}/lab-model", api_base=base, context_window=24_000,
        capabilities=frozenset({Capability.STREAMING, Capability.TOOLS}),
    )  # fmt: skip
    here, kind = world([model]), LiteLLMKind()
    ports = replace(here.ports, kind=lambda _: kind, classify=classify, signal_of=signal_of, tokens=estimate_tokens)
    monkeypatch.setattr("providers.routing.wiring.ports", lambda: ports)
    desk = Desk(replace(here, ports=ports))
    desk.steer.says = [
        [Told(id=str(turn), text=said)] if (said := (says or {}).get(turn)) else [] for turn in range(len(answers) + 1)
    ]
    desk.workspace.files |= {f"m{n}.py": f"# module {n}\n".encode() * 200 for n in range(STEPS)}
    upstream.script(answers)
    try:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    finally:
        await kind.close()
    return [one.body for one in upstream.requests]


def marks(body: dict[str, Any]) -> list[tuple[int, ...]]:
    """Places of the marks: (-1, part) in the system message, else (message, part)."""
    parts = [(-1, at, one) for at, one in enumerate(body.get("system") or ())]
    parts += [
        (place, at, part)
        for place, message in enumerate(body["messages"])
        if isinstance(message["content"], list)
        for at, part in enumerate(message["content"])
    ]
    assert json.dumps(body).count('"cache_control"') == sum("cache_control" in part for *_, part in parts)
    return [(place, at) for place, at, part in parts if "cache_control" in part]


def without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_marks(one) for name, one in value.items() if name != "cache_control"}
    return [without_marks(one) for one in value] if isinstance(value, list) else value


def script() -> list[Answer]:
    edits = [
        use("write_file", path=f"new{n}.py", content=f"{n}\n") if n % 3 == 2 else use("read_file", path=f"m{n}.py")
        for n in range(STEPS - 1)
    ]
    return [*edits, use("finish", summary="Done.")]


async def test_a_job_of_thirty_steps_keeps_to_four_marks(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = await bodies(lab, monkeypatch, "anthropic", script(), says={7: "Use dollars."})
    assert len(sent) == STEPS
    for body in sent:
        found = marks(body)
        assert 2 <= len(found) <= 4
        assert found[0] == (-1, len(body["system"]) - 1)
        assert found[1] == (0, 0)
        last = len(body["messages"]) - 1
        assert found[-1] == (last, len(body["messages"][last]["content"]) - 1)


async def test_each_request_begins_with_what_the_one_before_it_had_kept(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prefix up to a mark of the request before is in the next one, letter by letter, with a mark at its end; but
    where the conversation was made short, and there the system message and the task stay."""
    sent = await bodies(lab, monkeypatch, "anthropic", script())
    whole = 0
    for before, after in pairwise(sent):
        place, part = marks(before)[-1]
        same = without_marks(before["messages"][: place + 1]) == without_marks(after["messages"][: place + 1])
        whole += same and (place, part) in marks(after)
        assert before["system"] == after["system"]
        assert before["tools"] == after["tools"]
        assert before["messages"][0] == after["messages"][0]
    assert whole >= STEPS - 6


async def test_a_text_that_goes_on_is_asked_for_with_the_marks_of_before(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = Answer(text="I will now", finish="length")
    sent = await bodies(lab, monkeypatch, "anthropic", [
        use("write_file", path="x.py", content="1\n"), cut, Answer(text=" stop."), use("finish", summary="Done."),
    ])  # fmt: skip
    assert marks(sent[2]) == marks(sent[1])
    assert len(sent[2]["messages"]) == len(sent[1]["messages"]) + 2


async def test_openai_s_wire_gets_none(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = await bodies(lab, monkeypatch, "openai", script())
    assert len(sent) == STEPS
    assert "cache_control" not in json.dumps(sent)
