"""Messages of providers and agents beside the samples, and texts that only sound like one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from providers.failures.classify import classify
from providers.failures.kinds import FailureKind
from providers.failures.signal import Signal

DATA = Path(__file__).parent / "data"
MESSAGES: list[dict[str, Any]] = yaml.safe_load((DATA / "messages.yaml").read_text())
NEAR: dict[str, list[str]] = yaml.safe_load((DATA / "near_misses.yaml").read_text())


@pytest.mark.feature("F2.4")
@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: f"{one['expected']}: {one['text'][:60]}")
def test_messages(message: dict[str, Any]) -> None:
    signal = Signal(
        text=message["text"],
        framework=message.get("framework", ""),
        http_status=message.get("status"),
        exception_class=message.get("exception", ""),
    )
    failure = classify(signal)
    assert failure.kind == message["expected"], failure.reason


@pytest.mark.feature("F2.4")
@pytest.mark.parametrize("framework", ["", "claude", "opencode", "litellm"])
@pytest.mark.parametrize("text", NEAR["anywhere"])
def test_what_is_only_mentioned_pulls_no_trigger(text: str, framework: str) -> None:
    failure = classify(Signal(text=text, framework=framework))
    assert not failure.traits.immediate, failure.reason


@pytest.mark.parametrize("framework", ["claude", "opencode"])
@pytest.mark.parametrize("text", NEAR["in_agents"])
def test_an_agents_log_holds_what_its_program_says(text: str, framework: str) -> None:
    failure = classify(Signal(text=text, framework=framework))
    assert not failure.traits.immediate, failure.reason


@pytest.mark.parametrize("text", NEAR["anywhere"])
def test_neither_does_it_in_the_middle_of_a_longer_log(text: str) -> None:
    log = f"I will now write the tests.\n{text}\nDone, the page renders and all is well."
    assert not classify(Signal(text=log, framework="claude")).traits.immediate


@pytest.mark.parametrize("text", ["The frobnicator was not amused.", "", "Error: flux capacitor at 88", "\x00\x01"])
@pytest.mark.parametrize("framework", ["", "claude", "opencode", "openai", "celery", "never-heard-of"])
def test_unknown_texts_are_unknown(text: str, framework: str) -> None:
    failure = classify(Signal(text=text, framework=framework))
    assert (failure.kind, failure.reason) == (FailureKind.UNKNOWN, "unknown")
    assert failure.message


def test_an_unknown_class_of_exception_is_unknown() -> None:
    assert classify(Signal(text="odd", exception_class="somebody.OddError")).kind is FailureKind.UNKNOWN


def test_a_command_that_failed_is_not_its_providers_fault() -> None:
    signal = Signal(
        text="psql: connection to server failed: Connection refused",
        framework="claude",
        exception_class="subprocess.CalledProcessError",
    )
    assert not classify(signal).traits.immediate


@given(
    text=st.text(max_size=300),
    framework=st.sampled_from(["", "claude", "opencode", "litellm", "openai"]),
    status=st.one_of(st.none(), st.integers(0, 999)),
)
def test_any_text_gives_some_kind(text: str, framework: str, status: int | None) -> None:
    failure = classify(Signal(text=text, framework=framework, http_status=status))
    assert failure.kind in FailureKind
    assert failure.message


@given(
    document=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["error", "message", "code", "type", "status", "data", "retryDelay", "headers"]), inner
            ),
        ),
        max_leaves=12,
    )
)
def test_any_json_gives_some_kind(document: Any) -> None:
    import json

    assert classify(Signal(text=json.dumps({"error": document}), framework="openai")).kind in FailureKind


@pytest.mark.parametrize(
    "text",
    [
        "command not " * 700,
        "rate limit " * 800,
        "1-" * 4000 + " invalid api key",
        "model " * 1300 + "not supported",
        "{" * 8000,
        '{"error": ' * 800,
        'file "' + "a" * 7000,
    ],
    ids=lambda text: text[:12],
)
def test_no_text_takes_long(text: str) -> None:
    import time

    begun = time.process_time()
    classify(Signal(text=text, framework="claude"))
    assert time.process_time() - begun < 5.0  # where it hung it would be hours
