"""Answers in a given form (JSON), for the jobs that change no files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from tests.developers.conversation import Conversation

Form = str | Callable[[Conversation], str]
_TITLE = re.compile(r'"title":\s*"(\w+)"')
_NAMES = ("Spec", "Selection", "WorkPlan", "Review", "Explanation", "AskedQuestion")


def wanted_form(conversation: Conversation) -> str:
    """The name of the form that the request asks for; empty where it asks for none. Where the request has no JSON
    mode, the schema stands in the prompt."""
    if conversation.form:
        return conversation.form
    titles = _TITLE.findall(conversation.told)
    return next((name for name in reversed(titles) if name in _NAMES), "")


def standing_forms() -> Mapping[str, Form]:
    """What a developer answers where a test says nothing: nothing to remark, nothing to tell."""
    return {
        "Review": json.dumps({"summary": "It does what was asked.", "remarks": []}),
        "Explanation": json.dumps({"text": "It is a small project that does what its README says.", "paths": []}),
    }
