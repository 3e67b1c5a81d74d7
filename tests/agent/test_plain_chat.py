"""A model reached through plain chat does every kind of job: one that is known to offer no more, and one that promises
tools and JSON mode and then refuses both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from autodev.contracts.answers import Explanation, Review, Selection, WorkPlan
from autodev.contracts.contexts import (
    AnalyseContext,
    Candidate,
    DocumentContext,
    ExplainContext,
    PlanContext,
    ReviewContext,
    SelectContext,
    TestContext,
)
from autodev.contracts.job import ChangeSummary, JobKind, JobResult
from autodev.spec.schema import Spec
from providers.failures.classify import classify
from providers.failures.exceptions import signal_of
from providers.kinds.agent import AgentKind
from providers.kinds.litellm import LiteLLMKind
from providers.money.tokens import estimate_tokens
from providers.targets import Capability
from tests.agent.conftest import GREEN, Desk
from tests.agent.jobs import EXTEND, REPAIR, SPEC
from tests.developers import Action, Developer, Edit, Write, good
from tests.providers_lab import Lab
from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.faults import Fault
from tests.routing.conftest import _lab, _warm, lab
from tests.routing.fakes import target, world

__all__ = ["_lab", "_warm", "lab"]
pytestmark = [pytest.mark.feature("F1.3", "F2.1", "F1.7"), pytest.mark.usefixtures("_warm")]
IDEA = "Create a REST API for a todo app with authentication. Each todo glows in the dark."
BEYOND = ("tools", "tool_choice", "response_format", "functions")
PROMISES = {
    "says that it has neither": frozenset({Capability.STREAMING}),
    "promises both": frozenset({Capability.STREAMING, Capability.TOOLS, Capability.STRUCTURED}),
}


@dataclass
class PlainChat:
    """An upstream that takes messages and nothing else. `refused` counts the requests that wanted more."""

    developer: Developer
    refused: int = 0
    answered: int = 0

    def __call__(self, asked: Asked) -> Answer | Fault:
        beyond = [name for name in BEYOND if asked.body.get(name)]
        if beyond:
            self.refused += 1
            return Fault(name="bad_request", text=f"Extra inputs are not permitted: {', '.join(beyond)}")
        self.answered += 1
        return self.developer(asked)


class Quiet(Desk):
    """Its checks are green."""

    def job(self, kind: JobKind, context: Any, **more: Any) -> Any:
        made = super().job(kind, context, **more)

        async def check() -> Any:
            return GREEN

        return replace(made, ports=replace(made.ports, check=check))


def files(desk: Desk, result: JobResult) -> None:
    assert isinstance(result.answer, ChangeSummary)
    assert result.answer.paths == ("app.py", "tests/test_app.py")
    assert desk.workspace.files["app.py"] == b"print('welcome')\n"


def analysed(desk: Desk, result: JobResult) -> None:
    assert isinstance(result.answer, Spec)
    assert "Each todo glows in the dark" in [requirement.sentence for requirement in result.answer.requirements]


def selected(desk: Desk, result: JobResult) -> None:
    assert isinstance(result.answer, Selection)
    assert result.answer.blueprint == "fastapi-service"


def planned(desk: Desk, result: JobResult) -> None:
    assert isinstance(result.answer, WorkPlan)
    assert {sentence for item in result.answer.items for sentence in item.sentences} == {"It sings.", "It counts."}


def reviewed(desk: Desk, result: JobResult) -> None:
    assert isinstance(result.answer, Review)


def explained(desk: Desk, result: JobResult) -> None:
    assert isinstance(result.answer, Explanation)
    assert result.answer.text


JOBS: dict[JobKind, tuple[Any, Callable[[Desk, JobResult], None]]] = {
    JobKind.ANALYSE: (AnalyseContext(description=IDEA), analysed),
    JobKind.SELECT: (
        SelectContext(
            spec=SPEC,
            candidates=[
                Candidate(name="fastapi-service", title="A service", summary="JSON", chosen=True),
                Candidate(name="django-web", title="Pages", summary="HTML"),
            ],
        ),
        selected,
    ),
    JobKind.PLAN: (
        PlanContext(spec=SPEC, blueprint="fastapi-service", open_requirements=["It sings.", "It counts."]), planned
    ),
    JobKind.IMPLEMENT: (EXTEND, files),
    JobKind.TEST: (TestContext(spec=SPEC, blueprint="fastapi-service", paths=["app.py"]), files),
    JobKind.DOCUMENT: (DocumentContext(spec=SPEC, blueprint="fastapi-service", paths=["app.py"]), files),
    JobKind.REPAIR: (REPAIR, files),
    JobKind.REVIEW: (ReviewContext(spec=SPEC, blueprint="fastapi-service", diff="+x = 1"), reviewed),
    JobKind.EXPLAIN: (
        ExplainContext(spec=SPEC, question="Why?", files=["app.py"], read={"app.py": "x = 1"}), explained
    ),
}  # fmt: skip


def test_every_kind_is_here() -> None:
    assert set(JOBS) == set(JobKind)


@pytest.mark.parametrize("promise", sorted(PROMISES))
@pytest.mark.parametrize("kind", JOBS, ids=str)
async def test_it_is_done(kind: JobKind, promise: str, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    model = target(
        "plain", kind="fake", model="openai/lab-model", api_base=lab.upstream("plain").openai_url,
        capabilities=PROMISES[promise], context_window=128_000,
    )  # fmt: skip
    here, wire = world([model]), LiteLLMKind()
    ports = replace(here.ports, kind=lambda _: wire, classify=classify, signal_of=signal_of, tokens=estimate_tokens)
    monkeypatch.setattr("providers.routing.wiring.ports", lambda: ports)
    desk = Quiet(replace(here, ports=ports))
    plan: list[Action] = [Edit("app.py", "hello", "welcome"), Write("tests/test_app.py", "def test(): ...\n")]
    upstream = PlainChat(Developer(good(plan)))
    lab.upstream("plain").answer(upstream)
    context, right = JOBS[kind]
    try:
        result = await AgentKind().perform(desk.job(kind, context))
    finally:
        await wire.close()
    right(desk, result)
    assert result.provider == "plain"
    assert upstream.answered >= 1
    assert bool(upstream.refused) == (promise == "promises both")
    assert {one.need.prompt.partition("@")[0] for one in here.ledger.reserved} == {
        "extend" if kind == JobKind.IMPLEMENT else str(kind)
    }
