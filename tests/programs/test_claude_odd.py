"""What the program makes of answers that no gateway of ours gives: soon over, under a name, with the work kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from providers.failures.kinds import FailureKind as K
from providers.kinds.base import ProviderFailure
from providers.kinds.claude_agent import ClaudeAgentKind, options
from tests.opencode.odd import EMPTY, HTML, SSE, Odd, instead_of_the_gateway
from tests.programs.conftest import Here
from tests.programs.test_traps import ours

__all__ = ["instead_of_the_gateway"]
pytestmark = [pytest.mark.slow, pytest.mark.feature("F2.2")]
JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"


def event(type_: str, **values: Any) -> bytes:
    return f"event: {type_}\ndata: {json.dumps({'type': type_, **values})}\n\n".encode()


def refused(status: int, type_: str, message: str) -> bytes:
    body = json.dumps({"type": "error", "error": {"type": type_, "message": message}}).encode()
    return f"HTTP/1.1 {status} No\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n".encode() + body


def begins(block: dict[str, Any]) -> bytes:
    message: dict[str, Any] = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 5, "output_tokens": 1},
    }  # fmt: skip
    return SSE + event("message_start", message=message) + event("content_block_start", index=0, content_block=block)


def piece(**delta: Any) -> bytes:
    return event("content_block_delta", index=0, delta=delta)


WRITE = {"type": "tool_use", "id": "toolu_1", "name": "Write", "input": {}}
FILE = json.dumps({"file_path": "/workspace/app/probe/one.py", "content": "ONE = 1\n"})
WRITES = (
    begins(WRITE) + piece(type="input_json_delta", partial_json=FILE) + event("content_block_stop", index=0)
    + event("message_delta", delta={"stop_reason": "tool_use", "stop_sequence": None}, usage={"output_tokens": 9})
    + event("message_stop")
)  # fmt: skip
HALF_TEXT = begins({"type": "text", "text": ""}) + piece(type="text_delta", text="I go")
HALF_TOOL = begins({**WRITE, "id": "toolu_2"}) + piece(type="input_json_delta", partial_json='{"file_path": "/work')
BROKE = event("error", error={"type": "overloaded_error", "message": "Overloaded"})
ODD = {
    "402": (refused(402, "billing_error", "Your organization has a billing problem"), {K.QUOTA}),
    "404": (refused(404, "not_found_error", "model: m"), {K.MODEL_NOT_FOUND}),
    "413": (refused(413, "request_too_large", "Request exceeds the maximum size"), {K.CONTEXT_WINDOW}),
    "529": (refused(529, "overloaded_error", "Overloaded"), {K.OVERLOADED}),
    "malformed": (JSON + b'{"type": "message", "content": [{"type": "te', {K.MALFORMED_ANSWER}),
    "html": (HTML, {K.MALFORMED_ANSWER}),
    "nothing": (EMPTY, {K.MALFORMED_ANSWER, K.EMPTY_ANSWER}),
}
AWAY = refused(529, "overloaded_error", "Overloaded")
# Behind a stream that breaks it asks once more, for a whole answer.
BROKEN = {"cut in a text": HALF_TEXT, "cut in a tool call": HALF_TOOL, "an error in a text": HALF_TEXT + BROKE}


@pytest.mark.parametrize("name", [*ODD, *BROKEN])
def test_an_odd_answer_ends_it_soon(
    name: str, here: Here, instead_of_the_gateway: Callable[..., Odd], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, kinds = ODD.get(name) or (BROKEN[name], {K.OVERLOADED})
    monkeypatch.setattr(options, "STREAM_IDLE_MS", 10_000)
    odd = instead_of_the_gateway(WRITES, answer, *[AWAY if name in BROKEN else answer] * 60)
    begun = time.monotonic()
    with pytest.raises(ProviderFailure) as failed:
        here.perform(ClaudeAgentKind(), here.job(), here.target("claude_agent"))
    assert failed.value.kind in kinds, str(failed.value)
    assert time.monotonic() - begun < 90
    assert odd.asked <= 10
    assert ours() == []
    assert here.ctx.workspace.repository.read(here.ctx.workspace.head, "probe/one.py") == b"ONE = 1\n"
