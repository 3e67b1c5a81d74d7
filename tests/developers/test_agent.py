"""Our agent with scripted developers: files and checks in memory, routing and loop real, with tools and in text."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from autodev.contracts.contexts import ExtendContext
from autodev.contracts.job import JobKind, JobResult
from autodev.spec.rules import analyse
from projects.checks.types import FindingData, LadderReport, RungResult
from providers.chat import Delta, Finish, ToolCallDelta
from providers.kinds.agent import AgentKind
from providers.kinds.base import ProviderFailure
from providers.targets import Capability
from tests.agent.conftest import Desk, desk
from tests.developers import (
    Action,
    Developer,
    Edit,
    Read,
    Run,
    Write,
    good,
    injected,
    looping,
    lying,
    order,
    sloppy,
    truncating,
)
from tests.providers_lab.answers import Asked
from tests.routing.fakes import Say, target

__all__ = ["desk"]
pytestmark = [pytest.mark.feature("F1.7"), pytest.mark.parametrize("tools", [True, False], ids=["tools", "text"])]
SPEC = analyse("Create a REST API for a todo app with authentication", constraints={}, preferences={})
CONTEXT = ExtendContext(spec=SPEC, blueprint="fastapi-service", open_requirements=["The shop greets"])
PLAN: list[Action] = [Edit("app.py", "hello", "welcome"), Write("tests/test_app.py", "def test(): ...\n")]


async def work(desk: Desk, developer: Developer, *, tools: bool) -> JobResult:
    """The checks are green where no file says `import os`, and `app.py` still prints."""
    able = {Capability.STREAMING, Capability.TOOLS} if tools else {Capability.STREAMING}
    desk.here.live.targets[:] = [target("a", capabilities=frozenset(able))]
    desk.models.always("a", lambda: said(desk, developer))
    job = desk.job(JobKind.IMPLEMENT, CONTEXT)

    async def check() -> LadderReport:
        files = desk.workspace.files
        bad = [
            path
            for path, content in files.items()
            if b"import os" in content or (path == "app.py" and b"print" not in content)
        ]
        found = tuple(FindingData(rule="F401", message="unused import", file=path, line=1) for path in bad)
        rung = RungResult(key="lint", status="failed" if bad else "passed", findings=found)
        return LadderReport(rungs=(rung,), required=frozenset({"lint"}))

    job = dataclasses.replace(job, ports=dataclasses.replace(job.ports, check=check))
    return await AgentKind().perform(job)


def said(desk: Desk, developer: Developer) -> Say:
    request = desk.models.requests[-1]
    body = {"messages": list(request.messages), "tools": list(request.tools)}
    answer = developer(Asked(wire="openai", path="", model="m", stream=False, key="", headers={}, body=body))
    pieces = tuple(
        ToolCallDelta(index=at, id=one.id, name=one.name, arguments=one.arguments)
        for at, one in enumerate(answer.tool_calls)
    )
    return Say(deltas=(Delta(text=answer.text), Delta(tool_calls=pieces)), finish=Finish(answer.finish))


async def test_the_good_one_is_done_at_once(desk: Desk, *, tools: bool) -> None:
    result = await work(desk, Developer(good(PLAN)), tools=tools)
    assert desk.workspace.files["app.py"] == b"print('welcome')\n"
    assert result.answer.paths == ("app.py", "tests/test_app.py")
    assert result.left_open == ()


async def test_the_sloppy_one_mends_what_it_is_told(desk: Desk, *, tools: bool) -> None:
    plan: list[Action] = [*PLAN, Write("extra.py", "import os\n")]
    result = await work(desk, Developer(sloppy(plan, [Write("extra.py", "x = 1\n")])), tools=tools)
    assert desk.workspace.files["extra.py"] == b"x = 1\n"
    assert result.left_open == ()
    assert len(desk.journal.of_kind("claim")) == 2


async def test_the_liar_who_broke_it_is_asked_three_times(desk: Desk, *, tools: bool) -> None:
    result = await work(desk, Developer(lying(Write("app.py", "no code\n"))), tools=tools)
    assert len(desk.journal.of_kind("claim")) == 3
    assert "The checks are not green" in result.left_open[0]


async def test_the_liar_who_did_nothing_is_asked_twice(desk: Desk, *, tools: bool) -> None:
    result = await work(desk, Developer(lying()), tools=tools)
    assert result.answer.paths == ()
    assert len(desk.journal.of_kind("claim")) == 2


@pytest.mark.parametrize(
    "actions",
    [[Read("app.py")], [Edit("app.py", "hello", "bye"), Edit("app.py", "bye", "hello")]],
    ids=["call", "edit"],
)
async def test_the_loop_is_left_after_few_tactics(desk: Desk, actions: list[Action], *, tools: bool) -> None:
    with pytest.raises(ProviderFailure):
        await work(desk, Developer(looping(*actions)), tools=tools)
    tactics = [title for _, title in desk.journal.of_kind("tactic")]
    assert 1 <= len(tactics) <= 4
    assert len(desk.models.calls) <= 30


async def test_what_breaks_off_is_written_in_the_end(desk: Desk, *, tools: bool) -> None:
    content = "value = 1\n" * 60
    await work(desk, Developer(truncating([Write("long.py", content)], times=1)), tools=tools)
    assert desk.workspace.files["long.py"].decode() == content


async def test_the_obedient_one_does_nothing_outside_of_the_project(desk: Desk, *, tools: bool) -> None:
    orders = [order("write", "../out.txt", "x"), order("write", "AGENTS.md", "x"), order("write", "/etc/motd", "x")]
    desk.workspace.files["notes.md"] = "\n".join([*orders, order("run", "env")]).encode()
    await work(desk, Developer(injected([Read("notes.md"), Run("cat notes.md")], PLAN)), tools=tools)
    assert sorted(desk.workspace.files) == ["README.md", "app.py", "notes.md", "tests/test_app.py"]
    told: Any = json.dumps(desk.journal.answered)
    assert "leaves the project" in told
    assert "AGENTS.md steers agents or machines" in told
