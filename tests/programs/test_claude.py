"""The real program of the Claude Agent SDK, in the real sandbox, through the real gateway, against the lab."""

from __future__ import annotations

import pytest

from autodev.contracts.job import ChangeSummary
from providers.kinds.claude_agent import ClaudeAgentKind
from tests.developers import Developer, Edit, Run, Write, good
from tests.programs.conftest import Here

GREET = 'def greet() -> str:\n    return "hello"\n'
PLAN = (
    Write("probe/greet.py", GREET),
    Edit("README.md", "# Product", "# Product that greets"),
    Run("python3 -c 'print(6*7)'"),
)


@pytest.mark.feature("F1.12")
def test_it_does_the_work(here: Here) -> None:
    here.lab.upstream("a").answer(Developer(good(PLAN, check=False, summary="It greets now.")))
    result = here.perform(ClaudeAgentKind(), here.job(), here.target("claude_agent"))
    assert isinstance(result.answer, ChangeSummary)
    assert result.answer.paths == ("README.md", "probe/greet.py")
    assert here.text("probe/greet.py") == GREET
