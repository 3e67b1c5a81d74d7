"""Texts and headers of any length: none breaks the classification, and none takes a worker's time without end."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from providers.failures.classify import classify
from providers.failures.fingerprint import fingerprint, proposed_pattern, template
from providers.failures.kinds import FailureKind
from providers.failures.patterns import compiled
from providers.failures.signal import Signal

MEGABYTE = 1_000_000
# Where an expression tried again and again it would be minutes to hours; a busy machine takes a second.
PATIENCE_S = 10.0
# Beginnings of what the expressions look for, so that repeats of them are what they could stumble over.
WORDS = [
    *("a", "1", " ", "\n", "1-", "a.", "a@", "/a", "1h", "~ 1s", "{", "[", '{"a":', '{"error": "', "'", '"', "\\"),
    *("error: ", "rate limit ", "api key ", "token ", "model `x` ", "context ", "tokens ", "request too large for x "),
    *("try again in ", "resets at ", "resets Nov ", "service=x ", "service=x error=", 'message="', "mcp server "),
    *("<html", "<title>", "http://", "Bearer ", "password: ", "sk-", "eyJ", "provider ", " - ", "spend ", "mcp error "),
]
repeated = st.builds(
    lambda parts, size: ("".join(parts) * (size // max(1, len("".join(parts))) + 1))[:size],
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), min_size=1, max_size=4),
    st.sampled_from([3_999, 8_001, MEGABYTE]),
)


@pytest.mark.feature("F2.4")
@settings(max_examples=25, deadline=None)
@example(text="a." * (MEGABYTE // 2), framework="", status=None)
@example(text="1" * MEGABYTE, framework="claude", status=429)
@given(
    text=repeated,
    framework=st.sampled_from(["", "claude", "opencode", "litellm/openai"]),
    status=st.sampled_from([None, 200, 400, 429, 500]),
)
def test_a_text_of_any_length(text: str, framework: str, status: int | None) -> None:
    begun = time.process_time()
    failure = classify(Signal(text=text, framework=framework, http_status=status))
    assert failure.kind in FailureKind
    assert len(fingerprint(text, framework)) == 64
    assert len(template(text)) <= 500
    compiled(proposed_pattern(text))
    assert time.process_time() - begun < PATIENCE_S


@pytest.mark.feature("F2.10")
@settings(max_examples=25, deadline=None)
@example(value="1" * 60_000 + "x", name="retry-after")
@example(value="1h" * 30_000 + "x", name="x-ratelimit-reset")
@given(
    value=repeated,
    name=st.sampled_from(
        ["retry-after", "retry-after-ms", "x-ratelimit-reset", "ratelimit", "x-codex-a-reset-after-seconds"]
    ),
)
def test_a_header_of_any_length(value: str, name: str) -> None:
    begun = time.process_time()
    wait_s = classify(Signal(text="slow down", http_status=429, headers={name: value})).retry_after_s
    assert wait_s is None or wait_s >= 0
    assert time.process_time() - begun < PATIENCE_S


@pytest.mark.parametrize("value", ["1" * 7000 + "x", "1 " * 3500 + "x", "1h" * 3500 + "x", "(" * 7000])
def test_a_wait_in_a_body_of_any_length(value: str) -> None:
    begun = time.process_time()
    body = json.dumps({"error": {"message": "slow down", "retryDelay": value}})
    assert classify(Signal(text=body, http_status=429)).kind is FailureKind.RATE_LIMIT
    assert time.process_time() - begun < PATIENCE_S
