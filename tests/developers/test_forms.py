"""Jobs that want JSON: with a JSON mode, and with the schema in the prompt alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from autodev.contracts.answers import Explanation, Reading, Review, Selection, WorkPlan
from providers.kinds.agent.jobs.plan import plan_of
from tests.developers import Developer, good
from tests.providers_lab.answers import Asked

DESCRIBED = {
    "description": "Create a REST API for a todo app with authentication.",
    "constraints": {},
    "preferences": {},
}
CANDIDATES = [{"name": "django-web", "chosen": False}, {"name": "fastapi-service", "chosen": True}]
TASKS: dict[type[BaseModel], dict[str, Any]] = {
    Reading: DESCRIBED,
    Selection: {"candidates": CANDIDATES},
    WorkPlan: {"open": ["The motto stands at /motto."]},
    Review: {},
    Explanation: {},
}


@pytest.mark.parametrize("mode", [True, False], ids=["json-mode", "plain"])
@pytest.mark.parametrize("form", TASKS)
def test_every_form_has_a_plain_answer(form: type[BaseModel], *, mode: bool) -> None:
    schema = form.model_json_schema()
    system = "You write JSON." if mode else f"The JSON must match this schema:\n{json.dumps(schema)}\n\nExamples:\n{{}}"
    body: dict[str, Any] = {
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": json.dumps(TASKS[form])}]
    }
    if mode:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "OneOfThem", "schema": schema}}
    asked = Asked(wire="openai", path="", model="m", stream=False, key="", headers={}, body=body)
    answer = form.model_validate_json(Developer(good([]))(asked).text)
    if isinstance(answer, Selection):
        assert answer.blueprint == "fastapi-service"
    if isinstance(answer, WorkPlan):
        plan_of(["The motto stands at /motto."]).model_validate(answer.model_dump())
    if isinstance(answer, Reading):
        assert answer.entities
