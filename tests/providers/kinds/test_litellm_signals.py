"""Signals from exceptions that never met a wire, and from errors in unusual forms."""

from __future__ import annotations

import dataclasses
import json
import uuid

import pytest

from providers.failures.signal import Signal
from providers.kinds.litellm import LiteLLMKind
from providers.kinds.litellm.sight import Sight
from providers.kinds.litellm.signals import Signals
from providers.targets import Target
from tests.providers.kinds.calls import KEY, SECRET, Caller

TARGET = Target(id=uuid.uuid4(), workspace_id=uuid.uuid4(), name="x", kind="litellm", model="openai/m")


def of_body(body: object, status: int) -> Signal:
    sight = Sight(connect_s=1)
    sight.head(status, {"Content-Type": "application/json", "X-Request-Id": "r1"})
    sight.feed(body if isinstance(body, bytes) else json.dumps(body).encode())
    sight.end()
    return Signals(TARGET, KEY, sight).raised(RuntimeError("boom")).signal


@pytest.mark.parametrize(
    ("body", "kind", "code", "text"),
    [
        ({"error": {"type": "a", "code": "b", "message": "c"}}, "a", "b", "c"),
        ({"error": {"status": "A", "code": 400, "message": "c"}}, "A", "400", "c"),
        ([{"error": {"status": "A", "code": 400, "message": "c"}}], "A", "400", "c"),
        ({"error": "only words"}, "", "", "only words"),
        ({"detail": "Not Found"}, "", "", "Not Found"),
        ({"odd": 1}, "", "", '{"odd": 1}'),
        (b"<html>gateway</html>", "", "", "<html>gateway</html>"),
        (b"", "", "", "HTTP 418"),
        ([], "", "", "[]"),
    ],
)
def test_forms_of_error_bodies(body: object, kind: str, code: str, text: str) -> None:
    signal = of_body(body, 418)
    assert (signal.error_type, signal.error_code, signal.text) == (kind, code, text)
    assert signal.http_status == 418
    assert signal.headers["x-request-id"] == "r1"


def test_a_status_in_the_error_of_a_good_answer() -> None:
    """As OpenRouter says that its upstream failed."""
    signal = of_body({"choices": [], "error": {"code": 502, "message": "upstream"}}, 200)
    assert (signal.http_status, signal.error_code, signal.text) == (502, "502", "upstream")


def test_a_long_text_is_cut_and_secrets_are_struck_out() -> None:
    signal = of_body({"error": {"message": f"{SECRET} sk-proj-abc_DEF AIzaSyA1234567890 " + "x" * 10_000}}, 400)
    assert len(signal.text) <= 4000
    assert signal.text.startswith("… … … x")


async def test_a_model_that_litellm_does_not_know(kind: LiteLLMKind, stream: bool) -> None:
    signal = await Caller(kind, dataclasses.replace(TARGET, model="no-such-thing"), KEY, stream=stream).failure()
    assert signal.framework == "litellm"
    assert signal.exception_class == "litellm.exceptions.BadRequestError"
    assert signal.http_status is None
    assert "LLM Provider NOT provided" in signal.text


async def test_a_message_that_cannot_be_translated(kind: LiteLLMKind, stream: bool) -> None:
    from providers.chat import ChatRequest

    broken = ChatRequest(messages=({"role": "user", "content": 5},))
    caller = Caller(
        kind, dataclasses.replace(TARGET, model="anthropic/claude-x", api_base="http://127.0.0.1:1"), KEY, stream=stream
    )
    signal = await caller.failure(broken)
    assert "Traceback" not in signal.text
    assert "github.com" not in signal.text
