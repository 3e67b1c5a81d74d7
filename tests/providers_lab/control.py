"""The lab's control endpoint: what a test says in Python, said over HTTP."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any

from tests.providers_lab.answers import Answer, ToolUse
from tests.providers_lab.faults import Fault, fault
from tests.providers_lab.http import Connection, Request
from tests.providers_lab.server import Lab
from tests.providers_lab.upstream import Upstream

Json = dict[str, Any]
_PLAIN = {
    "latency_s": float,
    "token_interval_s": float,
    "ending_s": float,
    "split": int,
    "server": str,
    "models": tuple,
}


class Control:
    """GET /upstreams; POST /upstreams/NAME (fault, answer, script, …); GET and DELETE /upstreams/NAME/requests."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def handle(self, request: Request, connection: Connection) -> None:
        # Not on the event loop: closing a port waits for it.
        status, body = await asyncio.to_thread(self._answer, request)
        connection.whole(status, json.dumps(body).encode())

    def _answer(self, request: Request) -> tuple[int, Json]:
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["" | "upstreams"]:
                return 200, {"upstreams": [state(one) for one in self._lab.upstreams]}
            case "POST", ["upstreams", name]:
                try:
                    change(self._lab.upstream(name), request.json())
                except (ValueError, TypeError, KeyError) as error:
                    return 400, {"error": str(error)}
                return 200, state(self._lab.upstream(name))
            case "GET", ["upstreams", name, "requests"]:
                return 200, {"requests": [_seen(one) for one in list(self._lab.upstream(name).requests)]}
            case "DELETE", ["upstreams", name, "requests"]:
                self._lab.upstream(name).requests.clear()
                return 200, state(self._lab.upstream(name))
        return 404, {"error": f"{request.method} {request.path}: see docs/models.md"}


def state(upstream: Upstream) -> Json:
    return {
        "name": upstream.name,
        "base_url": upstream.base_url,
        "openai_url": upstream.openai_url,
        "calls": upstream.calls,
        "requests": len(upstream.requests),
        "connections": upstream.connections,
    }


def change(upstream: Upstream, wish: Json) -> None:
    """Applies what a POST says. Raises ValueError or TypeError with what is wrong; nothing is applied then."""
    unknown = set(wish) - {*_PLAIN, "reset", "fault", "answer", "script", "valid_keys"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    broken = _fault(wish["fault"]) if wish.get("fault") else None
    answer = _answer_of(wish["answer"]) if "answer" in wish else None
    script = [_step(step) for step in wish.get("script", ())]
    if wish.get("reset"):
        upstream.reset()
    for name, kind in _PLAIN.items():
        if name in wish:
            setattr(upstream, name, kind(wish[name]))
    if "valid_keys" in wish:
        upstream.valid_keys = None if wish["valid_keys"] is None else frozenset(wish["valid_keys"])
    if answer is not None:
        upstream.answer(answer)
    if "script" in wish:
        upstream.script(script)
    if broken is not None:
        upstream.fail(broken)
    elif "fault" in wish:
        upstream.heal()


def _fault(wish: Any) -> Fault:
    return fault(wish) if isinstance(wish, str) else Fault(**wish)


def _step(wish: Any) -> Answer | Fault:
    return _fault(wish["fault"]) if isinstance(wish, dict) and "fault" in wish else _answer_of(wish)


def _answer_of(wish: Any) -> Answer:
    if isinstance(wish, str):
        return Answer(text=wish)
    calls = tuple(ToolUse(**call) for call in wish.get("tool_calls", ()))
    pieces = tuple(wish["pieces"]) if wish.get("pieces") else None
    return Answer(**{**wish, "tool_calls": calls, "pieces": pieces})


def _seen(one: Any) -> Json:
    return {
        **{name: value for name, value in dataclasses.asdict(one).items() if name != "raw"},
        "body": one.raw.decode(),
    }
