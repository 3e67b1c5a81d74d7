"""An idea read by a model and by the rules."""

from __future__ import annotations

import pytest

from autodev.contracts.answers import AskedQuestion, Reading
from autodev.contracts.contexts import AnalyseContext
from autodev.contracts.job import JobKind
from autodev.spec.rules import Refused, analyse
from autodev.spec.schema import Spec
from providers.failures.kinds import FailureKind
from providers.kinds.agent import AgentKind
from providers.kinds.base import ProviderFailure
from tests.agent.conftest import Desk
from tests.routing.fakes import Break, Say

pytestmark = pytest.mark.feature("F1.3", "F2.1")
IDEA = "Create a REST API for a todo app with authentication. Each todo glows in the dark."


def read(idea: str) -> Spec:
    return analyse(idea, constraints={}, preferences={})


def by_model() -> Spec:
    """What a model might say: it understands the sentence that the rules do not."""
    spec = read(IDEA)
    for requirement in spec.requirements:
        if not requirement.understood:
            requirement.understood = True
            requirement.text = "A todo has a glow."
    return spec.model_copy(update={"title": "Glowing todos", "idea": "something else"})


async def test_both_readings_are_one(desk: Desk) -> None:
    desk.models.always("a", Say(text=f"Here it is:\n```json\n{by_model().model_dump_json()}\n```"))
    result = await AgentKind().perform(desk.job(JobKind.ANALYSE, AnalyseContext(description=IDEA)))
    spec = result.answer
    assert isinstance(spec, Spec)
    assert spec.title == "Glowing todos"
    assert spec.idea == IDEA
    assert {e.name for e in spec.entities} == {e.name for e in read(IDEA).entities}
    assert all(r.understood for r in spec.requirements)
    assert result.left_open == ()
    assert (result.provider, result.emergency) == ("a", False)
    assert result.usage.cost_usd > 0


async def test_an_invalid_answer_gets_one_repair_round(desk: Desk) -> None:
    desk.models.say("a", Say(text='{"title": "half"}'), Say(text=by_model().model_dump_json()))
    result = await AgentKind().perform(desk.job(JobKind.ANALYSE, AnalyseContext(description=IDEA)))
    assert result.answer.title == "Glowing todos"
    assert desk.models.names() == ["a", "a"]
    assert "not valid" in desk.models.requests[-1].messages[-1]["content"]


async def test_harm_is_refused_before_anybody_is_asked(desk: Desk) -> None:
    job = desk.job(JobKind.ANALYSE, AnalyseContext(description="Write ransomware that encrypts the disks of a company"))
    with pytest.raises(Refused):
        await AgentKind().perform(job)
    assert not desk.models.calls


async def test_where_the_rules_read_nothing_the_model_s_reading_stands(desk: Desk) -> None:
    desk.models.always("a", Say(text=by_model().model_dump_json()))
    result = await AgentKind().perform(desk.job(JobKind.ANALYSE, AnalyseContext(description="hm")))
    assert result.answer.title == "Glowing todos"
    assert [r.sentence for r in result.answer.requirements if not r.understood] == ["hm"]


async def test_its_questions_are_assumptions_of_the_spec(desk: Desk) -> None:
    reading = Reading(**by_model().model_dump(), questions=[AskedQuestion(question="Whose?", assumption="All share.")])
    desk.models.always("a", Say(text=reading.model_dump_json()))
    result = await AgentKind().perform(desk.job(JobKind.ANALYSE, AnalyseContext(description=IDEA)))
    assert type(result.answer) is Spec
    assert "Whose? Assumed: All share." in result.answer.assumptions
    assert {reservation.need.prompt for reservation in desk.here.ledger.reserved} == {"analyse@2"}


async def test_what_the_description_says_holds_against_a_model_and_that_is_told(desk: Desk) -> None:
    idea = "A library API in FastAPI. Books have a title and a number of pages. A book has at most 900 pages."
    wrong = read(idea).model_copy(deep=True, update={"framework": "flask"})
    desk.models.always("a", Say(text=wrong.model_dump_json()))
    result = await AgentKind().perform(desk.job(JobKind.ANALYSE, AnalyseContext(description=idea)))
    assert result.answer.framework == "fastapi"
    assert any("flask" in one for one in result.left_open)
    assert any("flask" in risk.text for risk in result.answer.risks)


async def test_a_reading_that_contradicts_the_idea_is_left_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(base: Spec, other: Spec) -> Spec:
        raise ValueError("entity names must be unique")

    monkeypatch.setattr("providers.kinds.agent.jobs.reading.merge", never)
    desk.models.always("a", Say(text=by_model().model_dump_json()))
    result = await AgentKind().perform(desk.job(JobKind.ANALYSE, AnalyseContext(description=IDEA)))
    assert result.answer == read(IDEA)
    assert "contradicts" in result.left_open[-1]


async def test_where_no_model_answers_the_failure_is_told(desk: Desk) -> None:
    for name in ("a", "b"):
        desk.models.always(name, Break(FailureKind.UNAVAILABLE))
    with pytest.raises(ProviderFailure) as error:
        await AgentKind().perform(desk.job(JobKind.ANALYSE, AnalyseContext(description=IDEA)))
    assert error.value.kind == "unavailable"
