"""Anthropic's messages, https://docs.anthropic.com/en/api/messages: what is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from providers.chat import ChatRequest
from providers.gateway.wire.base import (
    BadBody,
    Parsed,
    content,
    mapping,
    number,
    refuse,
    sequence,
    text_of,
    texts,
    whole_number,
    yes,
)

READ = frozenset(
    {
        "model", "messages", "max_tokens", "system", "temperature", "top_p", "top_k", "stop_sequences", "stream",
        "tools", "tool_choice", "output_config", "output_format",
    }
)  # fmt: skip
# What would have to show in the answer, and would not.
UNANSWERABLE = {
    "mcp_servers": "they are called at one provider only; give the model their tools",
    "container": "it runs at one provider only",
}
CHOICES = {"auto": "auto", "any": "required", "none": "none"}


def parse(body: Any, *, counting: bool = False) -> Parsed:
    """Thinking is left to the provider: blocks of it are not passed on, as no other provider could read them. Raises
    BadBody."""
    body = mapping(body, "the body")
    model = text_of(body, "model")
    most = whole_number(body, "max_tokens")
    if most is None and not counting:
        raise BadBody("max_tokens is missing", "max_tokens")
    messages = _system(body.get("system"))
    for place, message in enumerate(sequence(body.get("messages"), "messages")):
        messages += _message(mapping(message, f"messages[{place}]"), f"messages[{place}]")
    if not any(message["role"] != "system" for message in messages):
        raise BadBody("messages must not be empty", "messages")
    refuse(body, UNANSWERABLE)
    extra = {"top_k": body["top_k"]} if body.get("top_k") is not None else {}
    if mapping(body.get("tool_choice") or {}, "tool_choice").get("disable_parallel_tool_use"):
        extra["parallel_tool_calls"] = False
    request = ChatRequest(
        messages=tuple(messages),
        tools=tuple(_tool(mapping(tool, "tools")) for tool in sequence(body.get("tools") or [], "tools")),
        tool_choice=_choice(body.get("tool_choice")),
        response_format=_form(body),
        max_output_tokens=most,
        temperature=number(body, "temperature"),
        top_p=number(body, "top_p"),
        stop=texts(body.get("stop_sequences") or [], "stop_sequences"),
        extra=extra,
    )
    return Parsed(request=request, model=model, stream=yes(body, "stream"), ignored=_ignored(body))


def _ignored(body: Mapping[str, Any]) -> tuple[str, ...]:
    further = [key for key, value in body.items() if key not in {*READ, *UNANSWERABLE} and value is not None]
    config = body.get("output_config") or {}
    return (*further, *(f"output_config.{key}" for key in config if key != "format"))


def _form(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The form that the answer should have, as OpenAI's format says it."""
    config = mapping(body.get("output_config") or {}, "output_config")
    form = mapping(config.get("format") or body.get("output_format") or {}, "output_config.format")
    if not form:
        return None
    schema = form.get("schema")
    if form.get("type") != "json_schema" or not isinstance(schema, Mapping):
        raise BadBody("output_config.format must be of type json_schema, with a schema", "output_config")
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def _system(value: Any) -> list[dict[str, Any]]:
    if not value:
        return []
    if isinstance(value, str):
        return [{"role": "system", "content": value}]
    return [{"role": "system", "content": _texts(sequence(value, "system"), "system")}]


def _message(message: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    role, content = message.get("role"), message.get("content")
    if role not in {"user", "assistant", "system"}:
        raise BadBody(f"{place}.role must be user or assistant", "messages")
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    blocks = [mapping(block, f"{place}.content") for block in sequence(content, f"{place}.content")]
    if role == "assistant":
        return [_assistant(blocks, place)]
    return _user(blocks, place, role)


def _user(blocks: list[Mapping[str, Any]], place: str, role: str) -> list[dict[str, Any]]:
    """Results of tools are messages of their own and come first, as OpenAI's format has it. They are text there: what
    they show follows in the user's words."""
    results: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for block in blocks:
        match block.get("type"):
            case "tool_result":
                result, pictures = _result(block, place)
                results.append(result)
                parts += pictures
            case "text":
                parts.append(_text(block))
            case "image":
                parts.append(_picture(block, place))
            case kind:
                raise BadBody(f"{place}.content: blocks of type {kind!r} cannot be passed on", "messages")
    return [*results, {"role": role, "content": parts}] if parts else results


def _assistant(blocks: list[Mapping[str, Any]], place: str) -> dict[str, Any]:
    said = "".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text")
    calls = [
        {
            "id": str(block.get("id")),
            "type": "function",
            "function": {"name": str(block.get("name")), "arguments": json.dumps(block.get("input") or {})},
        }
        for block in blocks
        if block.get("type") == "tool_use"
    ]
    known = {"text", "tool_use", "thinking", "redacted_thinking"}
    for block in blocks:
        if block.get("type") not in known:
            raise BadBody(f"{place}.content: blocks of type {block.get('type')!r} cannot be passed on", "messages")
    message: dict[str, Any] = {"role": "assistant", "content": said or None}
    if calls:
        message["tool_calls"] = calls
    return message


def _result(block: Mapping[str, Any], place: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The message of a tool's result, and the pictures in it."""
    call, said = str(block.get("tool_use_id")), block.get("content") or ""
    pictures: list[dict[str, Any]] = []
    if not isinstance(said, str):
        texts_: list[str] = []
        for part in sequence(said, f"{place}.content"):
            match mapping(part, f"{place}.content").get("type"):
                case "text":
                    texts_.append(str(part.get("text", "")))
                case "image":
                    pictures.append(_picture(part, place))
                    texts_.append(f"[picture {len(pictures)}, shown below]")
                case kind:  # in what a program did long ago: to refuse it would end the conversation
                    texts_.append(f"[{kind}, which cannot be passed on]")
        said = "\n".join(texts_)
    if block.get("is_error"):
        said = f"error: {said}"
    if pictures:
        pictures.insert(0, {"type": "text", "text": f"What the tool call {call} showed:"})
    return {"role": "tool", "tool_call_id": call, "content": said, **_mark(block)}, pictures


def _texts(blocks: Any, place: str) -> list[dict[str, Any]]:
    for block in blocks:
        if mapping(block, place).get("type") != "text":
            raise BadBody(f"{place}: only text blocks are understood", place)
    return [_text(block) for block in blocks]


def _text(block: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": str(block.get("text", "")), **_mark(block)}


def _mark(block: Mapping[str, Any]) -> dict[str, Any]:
    """A mark of what the provider should cache stays: it is passed on where it means something."""
    mark = block.get("cache_control")
    return {"cache_control": dict(mark)} if mark and isinstance(mark, Mapping) else {}


def _picture(block: Mapping[str, Any], place: str) -> dict[str, Any]:
    source = mapping(block.get("source"), f"{place}.content.source")
    match source.get("type"):
        case "base64":
            url = f"data:{source.get('media_type')};base64,{source.get('data')}"
        case "url":
            url = str(source.get("url"))
        case _:
            raise BadBody(f"{place}.content: a picture comes as base64 or url", "messages")
    part = {"type": "image_url", "image_url": {"url": url}}
    content([part], f"{place}.content")
    return part


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    if tool.get("type") not in (None, "custom"):
        raise BadBody(f"tools of type {tool.get('type')!r} run at one provider only and cannot be routed", "tools")
    function = {"name": text_of(tool, "name"), "parameters": tool.get("input_schema") or {"type": "object"}}
    if tool.get("description"):
        function["description"] = str(tool["description"])
    if tool.get("strict") is not None:
        function["strict"] = bool(tool["strict"])
    return {"type": "function", "function": function, **_mark(tool)}


def _choice(value: Any) -> Any:
    if value is None:
        return None
    kind = mapping(value, "tool_choice").get("type")
    if kind == "tool":
        return {"type": "function", "function": {"name": value.get("name")}}
    if not isinstance(kind, str) or kind not in CHOICES:
        raise BadBody("tool_choice.type must be auto, any, tool or none", "tool_choice")
    return CHOICES[kind]
