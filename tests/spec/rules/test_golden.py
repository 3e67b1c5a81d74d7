"""A golden Spec for each idea: a change in what the analyser reads is seen in review. UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from autodev.spec.dialects.compiler import compile_requirement
from autodev.spec.rules import analyse
from autodev.spec.schema import Spec
from tests.spec.rules.reading import DIALECTS, families, unmet

GOLDEN = Path(__file__).parent.parent / "golden"
IDEAS: list[dict[str, Any]] = [json.loads(line) for line in (GOLDEN / "ideas.jsonl").read_text().splitlines()]
BY_ID = {idea["id"]: idea for idea in IDEAS}


def spec_of(idea_id: str) -> Spec:
    idea = BY_ID[idea_id]
    return analyse(idea["idea"], constraints=idea.get("constraints"), preferences=idea.get("preferences"))


def scenario_ids(spec: Spec) -> set[str]:
    return {scenario.id for requirement in spec.requirements for scenario in requirement.scenarios}


@pytest.mark.feature("F1.3")
@pytest.mark.parametrize("idea_id", BY_ID)
def test_golden_spec(idea_id: str) -> None:
    spec = spec_of(idea_id)
    text = json.dumps(spec.model_dump(mode="json", exclude_defaults=True), indent=1, ensure_ascii=False) + "\n"
    path = GOLDEN / f"{idea_id}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert path.read_text() == text


@pytest.mark.parametrize("idea_id", BY_ID)
def test_the_same_idea_gives_the_same_spec(idea_id: str) -> None:
    assert spec_of(idea_id).model_dump_json() == spec_of(idea_id).model_dump_json()


@pytest.mark.parametrize("idea_id", ["todo-api", "csvstat", "booking", "library"])
def test_ideas_that_are_met_whole(idea_id: str) -> None:
    spec = spec_of(idea_id)
    assert unmet(spec) == []
    for requirement in spec.requirements:
        assert compile_requirement(spec, requirement, DIALECTS.get(spec.project_type, "rest_json"))


@pytest.mark.parametrize("idea_id", ["chat", "shop", "bmi", "passwords", "shortener", "rate-limit-lib", "kanban"])
def test_ideas_that_are_not_met_whole_say_so(idea_id: str) -> None:
    spec = spec_of(idea_id)
    assert unmet(spec)
    assert all(r.note for r in spec.requirements if not r.understood)


@pytest.mark.parametrize(
    ("idea_id", "project_type", "language", "framework", "database"),
    [
        ("todo-api", "rest_api", None, None, None),
        ("chat", "realtime", "typescript", "react", "postgresql"),
        ("shop", "web_app", None, None, None),
        ("library", "rest_api", None, None, None),
        ("bmi", "static_page", None, None, None),
        ("passwords", "static_page", None, None, None),
        ("shortener", "rest_api", "go", None, None),
        ("csvstat", "cli", "python", None, None),
        ("inventory", "rest_api", "java", "spring-boot", None),
        ("rate-limit-lib", "library", "rust", None, None),
        ("kanban", "static_page", "typescript", "vue", None),
        ("booking", "web_app", "python", "django", None),
    ],
)
def test_stack(
    idea_id: str, project_type: str, language: str | None, framework: str | None, database: str | None
) -> None:
    spec = spec_of(idea_id)
    assert (spec.project_type, spec.language, spec.framework, spec.database) == (
        project_type,
        language,
        framework,
        database,
    )


def test_todo_api_asks_for_what_the_idea_checks() -> None:
    assert {
        "sign_in",
        "wrong_password",
        "sign_in_needed",
        "life",
        "without_title",
        "complete",
        "others",
    } <= scenario_ids(spec_of("todo-api"))
    todo = spec_of("todo-api").entity("Todo")
    assert (todo.owned, todo.visibility, todo.write) == (True, "owner", "owner")


def test_booking_asks_for_what_the_idea_checks() -> None:
    spec = spec_of("booking")
    assert {"overlap", "back_to_back", "cancel_too_late", "cancel_in_time", "sign_in_needed", "freed"} <= scenario_ids(
        spec
    )
    assert {"no_overlap", "deadline", "order"} <= families(spec)
    booking = spec.entity("Booking")
    assert (booking.owned, booking.visibility, booking.write) == (True, "member", "owner")


def test_library_has_its_four_rules() -> None:
    spec = spec_of("library")
    assert {"limit", "no_free_copy", "due", "late", "in_time", "unique"} <= scenario_ids(spec)
    assert {"limit_per_owner", "stock"} <= families(spec)
    loan = spec.entity("Loan")
    assert loan.field("due_at") is not None
    late = next(s for r in spec.requirements for s in r.scenarios if s.id == "late")
    assert [step.see for step in late.steps if step.do == "read"] == [{"fine": "0.60"}]
    book = spec.entity("Book")
    assert [f.name for f in book.fields] == ["title", "author", "isbn", "copies"]
    assert [f.name for f in book.fields if f.unique] == ["isbn"]


def test_every_sentence_has_a_requirement_in_the_users_words() -> None:
    spec = spec_of("library")
    idea = " ".join(BY_ID["library"]["idea"].lower().split())
    assert all(requirement.sentence.lower() in idea for requirement in spec.requirements)
    assert {"members borrow books", "a loan lasts 14 days", "late returns cost 0.20 a day"} <= {
        r.sentence for r in spec.requirements
    }
