"""OpenCode does the jobs: files, transcript, money, resume."""

from __future__ import annotations

import pytest

from autodev.contracts.job import ChangeSummary
from providers.kinds.opencode import OpenCodeKind
from tests.developers import Developer, Edit, Run, Write, good
from tests.programs.conftest import Here

GREET = 'def greet() -> str:\n    return "hello"\n'
PLAN = (
    Write("probe/greet.py", GREET),
    Edit("README.md", "# Product", "# Product that greets"),
    Run("python3 -c 'print(6*7)'"),
)


@pytest.mark.feature("F1.13")
def test_it_does_the_work(here: Here) -> None:
    here.lab.upstream("a").answer(Developer(good(PLAN, check=False, summary="It greets now.")))
    result = here.perform(OpenCodeKind(), here.job(), here.target("opencode"))
    assert isinstance(result.answer, ChangeSummary)
    assert result.answer.paths == ("README.md", "probe/greet.py")
    assert here.text("probe/greet.py") == GREET
