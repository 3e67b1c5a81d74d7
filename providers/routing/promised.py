"""Whether an answer is of the form that the request asks for, as far as that can be told without knowing the form."""

from __future__ import annotations

import json
import re

from providers.chat import ChatRequest, Completion, Finish

FENCE = re.compile(r"^\s*```[\w-]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)
THOUGHTS = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
JSON_FORMS = {"json_schema", "json_object"}


def keeps_promise(request: ChatRequest, answer: Completion) -> bool:
    """False for words where JSON was asked for. A call of a tool is no text, and an answer that was cut off says so."""
    form = request.response_format
    if form is None or form.get("type") not in JSON_FORMS or answer.tool_calls or answer.finish is not Finish.STOP:
        return True
    return any(map(_is_json, (answer.text, json_in(answer.text))))


def json_in(text: str) -> str:
    """The JSON of an answer that put a fence around it, words before and after, or its thoughts in front."""
    text = THOUGHTS.sub("", text)
    fenced = FENCE.match(text)
    text = fenced.group(1) if fenced else text
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
