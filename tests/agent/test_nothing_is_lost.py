"""Whatever a model says, each sentence of an idea keeps a requirement, and the rules' reading stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from autodev.contracts.answers import Reading
from autodev.spec.rules import AnalysisError, analyse
from autodev.spec.rules.text import clean, sentences
from autodev.spec.schema import Requirement, Spec
from providers.kinds.agent.jobs.reading import heard, spec_of, together, unheard

pytestmark = pytest.mark.feature("F1.3")
IDEAS = Path(__file__).parent.parent / "spec"


def _ideas() -> list[str]:
    table = yaml.safe_load((IDEAS / "rules" / "ideas_table.yaml").read_text(encoding="utf-8"))
    golden = (IDEAS / "golden" / "ideas.jsonl").read_text(encoding="utf-8").splitlines()
    return [row["idea"] for row in table] + [json.loads(line)["idea"] for line in golden]


def _read(idea: str) -> Spec | None:
    try:
        return analyse(idea)
    except AnalysisError:
        return None


READ = [(idea, spec) for idea in _ideas() if (spec := _read(idea)) is not None]


@st.composite
def model_readings(draw: st.DrawFn) -> tuple[str, Spec, Reading]:
    """An idea, the rules' reading, and what a model might make of it: parts missing, others invented, ids taken over,
    sentences written in its own way, what was not understood declared understood."""
    idea, rules = draw(st.sampled_from(READ))
    found: list[Requirement] = []
    for requirement in rules.requirements:
        if draw(st.booleans()):
            continue
        changes: dict[str, Any] = {}
        if draw(st.booleans()):
            changes["understood"] = draw(st.booleans())
        if draw(st.booleans()):
            changes["sentence"] = draw(st.sampled_from([requirement.sentence.upper(), "Something else", ""]))
        if draw(st.booleans()):
            changes["scenarios"] = []
        found.append(requirement.model_copy(update=changes))
    if draw(st.booleans()):
        found.append(Requirement(id="invented", sentence="It mines coins", text="It mines coins."))
    keep = [entity for entity in rules.entities if draw(st.booleans())]
    names = {entity.name for entity in keep} | {"User"}
    keep = [
        entity.model_copy(update={"relations": [one for one in entity.relations if one.target in names]})
        for entity in keep
    ]
    values = rules.model_dump() | {
        "requirements": [one.model_dump() for one in found],
        "entities": [entity.model_dump() for entity in keep],
        "idea": draw(st.sampled_from(["", "another idea", idea])),
        "framework": draw(st.sampled_from([None, "flask", rules.framework])),
    }
    return idea, rules, Reading.model_validate(values)


@settings(max_examples=60, deadline=None)
@given(model_readings())
def test_each_sentence_keeps_a_requirement_and_what_the_rules_read_stays(made: tuple[str, Spec, Reading]) -> None:
    idea, rules, reading = made
    spec, _ = together(spec_of(reading, rules), rules)
    assert spec.idea == idea
    assert unheard(spec) == []
    said = {_plain(requirement.sentence) for requirement in spec.requirements}
    assert {_plain(requirement.sentence) for requirement in rules.requirements} <= said
    assert {entity.name for entity in rules.entities} <= {entity.name for entity in spec.entities}
    for entity in rules.entities:
        ours = spec.entity(entity.name)
        own = {field.name for field in ours.fields} | {relation.name for relation in ours.relations}
        assert {field.name for field in entity.fields} <= own
        assert {rule.id for rule in entity.rules} <= {rule.id for rule in ours.rules}
    if rules.framework:
        assert spec.framework == rules.framework
    Spec.model_validate(spec.model_dump())


@pytest.mark.parametrize("idea", [idea for idea, _ in READ[::7]])
def test_where_a_model_says_nothing_and_the_rules_neither_each_sentence_is_told(idea: str) -> None:
    empty = Spec(name="x", title="X", idea=idea, project_type="unknown")
    spec = heard(empty)
    assert len(spec.requirements) == len(sentences(clean(idea)))
    assert not any(requirement.understood for requirement in spec.requirements)
    assert unheard(spec) == []


def _plain(sentence: str) -> str:
    return " ".join(sentence.lower().split()).strip(" .")
