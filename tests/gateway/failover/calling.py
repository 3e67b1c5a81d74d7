"""One call as a careful client makes it: an error event is an error, and a stream that breaks is no answer."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

PROMPT = "Tell in exactly sixty words what a good understudy does."


@dataclass(slots=True)
class Result:
    """`error` is empty for an answer; `hangs`: it did not end in time. Times in seconds."""

    text: str = ""
    error: str = ""
    hangs: bool = False
    model: str = ""
    usage: dict[str, Any] = field(default_factory=dict)
    took_s: float = 0.0
    began_s: float = 0.0


async def call(client: httpx.AsyncClient, model: str, *, longest_s: float, stream: bool = True) -> Result:
    began, found = time.monotonic(), Result()
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": PROMPT}]}
    try:
        async with asyncio.timeout(longest_s):
            if stream:
                await _streamed(client, body | {"stream": True, "stream_options": {"include_usage": True}}, found)
            else:
                await _whole(client, body, found)
    except TimeoutError:
        found.hangs, found.error = True, f"no end within {longest_s:g} s"
    except (httpx.HTTPError, ValueError) as error:
        found.error = f"{type(error).__name__}: {error}"
    found.took_s, found.began_s = time.monotonic() - began, began
    return found


async def _whole(client: httpx.AsyncClient, body: dict[str, Any], found: Result) -> None:
    answer = await client.post("/v1/chat/completions", json=body)
    if answer.status_code != 200:
        found.error = _error(answer.status_code, answer.content)
        return
    said = answer.json()
    found.text, found.model = said["choices"][0]["message"]["content"] or "", said["model"]
    found.usage = said.get("usage") or {}


async def _streamed(client: httpx.AsyncClient, body: dict[str, Any], found: Result) -> None:
    async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
        if answer.status_code != 200:
            found.error = _error(answer.status_code, await answer.aread())
            return
        async for line in answer.aiter_lines():
            data = line.removeprefix("data:").strip()
            if data == line.strip() or data == "[DONE]":
                continue
            event = json.loads(data)
            if event.get("error"):
                found.error = f"in the stream: {event['error'].get('message', '')}"
                return
            found.model = event.get("model") or found.model
            found.usage = event.get("usage") or found.usage
            for choice in event.get("choices") or ():
                found.text += (choice.get("delta") or {}).get("content") or ""


def _error(status: int, body: bytes) -> str:
    said = json.loads(body)["error"]
    return f"HTTP {status} {said.get('code')}: {said.get('message')}"
