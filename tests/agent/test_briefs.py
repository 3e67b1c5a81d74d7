"""What each job on files tells the model, by its context."""

from __future__ import annotations

import pytest

from autodev.contracts.contexts import DocumentContext, TestContext
from autodev.contracts.job import JobKind
from providers.kinds.agent import AgentKind
from tests.agent.conftest import Desk, calls
from tests.agent.jobs import DONE, SPEC, write

pytestmark = pytest.mark.feature("F1.10")


async def test_tests_are_wanted_where_none_reaches(desk: Desk) -> None:
    context = TestContext(
        spec=SPEC, blueprint="fastapi-service", paths=["app.py", "shop.py"], uncovered={"app.py": "lines 3-9"},
        commands=[["python", "-m", "pytest", "-q"]],
    )  # fmt: skip
    desk.models.say("a", calls(write("tests/test_app.py")), calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.TEST, context))
    system, task = (str(one["content"]) for one in desk.models.requests[0].messages)
    assert "python -m pytest -q" in system
    assert "app.py: lines 3-9" in task
    assert "shop.py" in task
    assert result.answer.title == "Wrote tests for 2 files"
    assert {one.need.prompt.partition("@")[0] for one in desk.here.ledger.reserved} == {"test"}


async def test_what_was_changed_is_documented(desk: Desk) -> None:
    context = DocumentContext(spec=SPEC, blueprint="fastapi-service", paths=["app.py"])
    desk.models.say("a", calls(write("docs/app.md", "# App\n")), calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.DOCUMENT, context))
    assert "app.py" in str(desk.models.requests[0].messages[1]["content"])
    assert result.answer.paths == ("docs/app.md",)
    assert {one.need.prompt.partition("@")[0] for one in desk.here.ledger.reserved} == {"document"}


async def test_where_no_command_is_known_the_checks_are_named(desk: Desk) -> None:
    context = TestContext(spec=SPEC, blueprint="imported", paths=["main.go"])
    desk.models.say("a", calls(write("tests/test_app.py")), calls(DONE))
    await AgentKind().perform(desk.job(JobKind.TEST, context))
    assert "How it is tested:\n(no command is known for it; `run_checks`" in str(
        desk.models.requests[0].messages[0]["content"]
    )
