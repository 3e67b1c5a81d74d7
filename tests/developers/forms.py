"""Answers in a given form (JSON), for the jobs that change no files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from autodev.spec.rules import analyse
from tests.developers.conversation import Conversation

Json = dict[str, Any]
Form = str | Callable[[Conversation], str]
# What a form is called here → what its schema has, whatever the class behind it is called.
_PROPERTIES = {
    "Reading": {"requirements", "project_type"},
    "Selection": {"blueprint", "reasons"},
    "WorkPlan": {"items", "risks"},
    "Review": {"remarks"},
    "Explanation": {"text", "paths"},
}
_DECODER = json.JSONDecoder()


def wanted_form(conversation: Conversation) -> str:
    """The name of the form that the request asks for; empty where it asks for none. Where the request has no JSON
    mode, the schema stands in the prompt."""
    schemas = [conversation.schema] if conversation.schema else _written_in(conversation.system)
    for schema in schemas:
        own = set(schema.get("properties") or ())
        for name, words in _PROPERTIES.items():
            if words <= own:
                return name
    return conversation.form


def standing_forms() -> Mapping[str, Form]:
    """What a developer answers where a test says nothing: what the rules read, the foundation that was chosen, all that
    is open in one task, nothing to remark."""
    return {
        "Reading": lambda conversation: json.dumps(reading(task_of(conversation))),
        "Selection": _selection,
        "WorkPlan": lambda conversation: json.dumps(work_plan(task_of(conversation), ["app/", "tests/"])),
        "Review": json.dumps({"summary": "It does what was asked.", "remarks": []}),
        "Explanation": json.dumps({"text": "It is a small project that does what its README says.", "paths": []}),
    }


def task_of(conversation: Conversation) -> Json:
    """The task of a job that has it as JSON."""
    start = conversation.task.find("{")
    found: Json = _DECODER.raw_decode(conversation.task, start)[0]
    return found


def reading(task: Json) -> Json:
    """A Spec as the rules read the description."""
    spec = analyse(task["description"], constraints=task["constraints"], preferences=task["preferences"])
    found: Json = json.loads(spec.model_dump_json())
    return found


def work_plan(task: Json, touches: list[str]) -> Json:
    item = {"title": "What is missing", "sentences": task["open"], "touches": touches}
    return {"items": [item], "risks": []}


def _selection(conversation: Conversation) -> str:
    candidates = task_of(conversation)["candidates"]
    chosen = next((one for one in candidates if one["chosen"]), candidates[0])
    return json.dumps({"blueprint": chosen["name"], "reasons": ["It has all that is asked for."]})


def _written_in(text: str) -> list[Json]:
    found = []
    at = text.find("schema:")
    while at >= 0:
        start = text.find("{", at)
        if start < 0:
            break
        try:
            value, _ = _DECODER.raw_decode(text, start)
        except ValueError:
            value = None
        if isinstance(value, dict):
            found.append(value)
        at = text.find("schema:", at + 1)
    return found
