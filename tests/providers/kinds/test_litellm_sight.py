"""Reading the raw answer, without a network."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.failures.kinds import FailureKind
from providers.kinds.litellm.flaws import flaw_of_ending
from providers.kinds.litellm.sight import Form, Sight

EVENTS = {"content-type": "text/event-stream; charset=utf-8"}
LINES = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}


def saw(body: bytes, headers: dict[str, str], *, cut: int = 0, status: int = 200) -> Sight:
    """A Sight of a body that came in pieces of `cut` bytes."""
    sight = Sight(connect_s=1)
    sight.begin()
    sight.head(status, headers)
    for start in range(0, len(body), cut or max(1, len(body))):
        sight.feed(body[start : start + cut] if cut else body)
    sight.end()
    return sight


def events(*objects: Any, ending: str = "\n\n") -> bytes:
    return "".join(f"data: {one if isinstance(one, str) else json.dumps(one)}{ending}" for one in objects).encode()


CHUNK = {"object": "chat.completion.chunk", "model": "m", "choices": [{"delta": {"content": "hé"}}]}
LAST = {"object": "chat.completion.chunk", "model": "m", "choices": [{"delta": {}, "finish_reason": "stop"}]}


@pytest.mark.parametrize("cut", [0, 1, 5])
@pytest.mark.parametrize("ending", ["\n\n", "\r\n\r\n"])
def test_events_however_they_are_cut(cut: int, ending: str) -> None:
    sight = saw(b": comment\n\n" + events(CHUNK, LAST, "[DONE]", ending=ending), EVENTS, cut=cut)
    assert (sight.seen.wire, sight.seen.finish, sight.seen.done, sight.seen.model) == ("openai", "stop", True, "m")
    assert flaw_of_ending(sight, terminator=True) is None


def test_text_that_looks_like_an_ending_is_none() -> None:
    talking = {"choices": [{"delta": {"content": '"finish_reason": "stop"} data: [DONE]'}}]}
    sight = saw(events(talking), EVENTS)
    assert not sight.seen.finish
    assert not sight.seen.done


def test_an_event_of_several_lines() -> None:
    sight = saw(b'event: message\ndata: {"choices":\ndata: [{"finish_reason": "length"}]}\n\n', EVENTS)
    assert sight.seen.finish == "length"


def test_the_last_event_without_an_empty_line_behind_it() -> None:
    assert saw(events(LAST, ending=""), EVENTS).seen.finish == "stop"


def test_lines_of_ollama() -> None:
    body = b'{"model": "m", "done": false}\n{"model": "m", "done": true, "done_reason": "stop", "eval_count": 3}\n'
    sight = saw(body, LINES, cut=7)
    assert (sight.seen.wire, sight.seen.finish, sight.seen.counted) == ("ollama", "stop", True)


def test_a_list_of_objects_as_gemini_streams_it_without_events() -> None:
    parts = [{"candidates": [{"content": {}}]}, {"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"a": 1}}]
    sight = saw(json.dumps(parts).encode(), JSON)
    assert (sight.seen.wire, sight.seen.finish, sight.seen.counted) == ("gemini", "STOP", True)


def test_a_prompt_that_gemini_blocked() -> None:
    sight = saw(json.dumps({"promptFeedback": {"blockReason": "SAFETY"}}).encode(), JSON)
    flaw = flaw_of_ending(sight, terminator=False)
    assert flaw is not None
    assert flaw.kind is FailureKind.CONTENT_POLICY


def test_a_call_that_gemini_could_not_finish() -> None:
    body = {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}
    flaw = flaw_of_ending(saw(json.dumps(body).encode(), JSON), terminator=False)
    assert flaw is not None
    assert flaw.kind is FailureKind.MALFORMED_ANSWER


def test_a_response_that_failed() -> None:
    failed = {
        "type": "response.failed",
        "response": {"status": "failed", "error": {"code": "server_error", "message": "x"}},
    }
    assert saw(events(failed), EVENTS).seen.error == {"code": "server_error", "message": "x"}


def test_an_error_that_is_only_a_text() -> None:
    assert saw(b'{"error": "model is loading"}', JSON).seen.error == {"message": "model is loading"}


def test_a_binary_stream_is_left_to_litellm() -> None:
    assert saw(b"\x00\x01", {"content-type": "application/vnd.amazon.eventstream"}).form is Form.OPAQUE


def test_a_form_that_nobody_knows_is_left_to_litellm() -> None:
    assert flaw_of_ending(saw(b'{"generated_text": "x"}', JSON), terminator=True) is None


def test_an_error_page_is_kept_to_be_quoted() -> None:
    sight = saw(b"<html>", {"content-type": "text/html"}, status=503)
    assert bytes(sight.body) == b"<html>"
    assert not sight.malformed


def test_a_long_stream_is_not_kept_whole() -> None:
    sight = saw(events(*([CHUNK] * 2000)), EVENTS, cut=4096)
    assert len(sight.body) == 65_536
    assert sight.seen.choices


def test_a_second_request_of_the_call_starts_afresh() -> None:
    sight = saw(b'{"error": "token expired"}', JSON, status=401)
    sight.begin()
    sight.head(200, EVENTS)
    sight.feed(events(LAST, "[DONE]"))
    sight.end()
    assert sight.requests == 2
    assert sight.seen.error is None
    assert flaw_of_ending(sight, terminator=True) is None
