"""Whoever runs an endpoint writes its errors: no text of theirs breaks the classification, holds up the event loop, or
reaches a database, a page or a terminal as more than text."""

from __future__ import annotations

import datetime as dt
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodev.lib.plain import printable, storable
from providers.failures.classify import classify
from providers.failures.kinds import FailureKind
from providers.failures.redact import message, redacted
from providers.failures.seen import seen
from providers.failures.signal import Failure, Signal

NOW = dt.datetime(2026, 11, 21, 9, 0, 0, tzinfo=dt.UTC)
YEAR_S = 366 * 86_400.0


def limited(text: str = "slow down", **headers: str) -> Failure:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(Signal(text=text, http_status=429, headers=named), now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "Rate limit. Available again after 2026-13-45 10:00",
        "resets 2026-02-30T25:61 UTC",
        "resets ٢٠٢٦-١١-٢١T١٠:١٠",
        '{"error": {"message": "x", "retry_after": NaN}}',
        '{"error": {"message": "x", "retry_after": 1' + 400 * "0" + "}}",
        '{"error":' + 3990 * "[",
        1300 * '{"a":',
        '{"message": "' + 2000 * "[" + '"}',
    ],
)
def test_a_time_or_a_body_that_is_none_says_nothing(text: str) -> None:
    failure = limited(text)
    assert failure.kind is FailureKind.RATE_LIMIT
    assert failure.retry_after_s is None


@pytest.mark.parametrize("zone", ["America/Indiana", "Nowhere/Land"])
def test_a_zone_that_is_none_is_utc(zone: str) -> None:
    assert limited(f"resets 10am ({zone})").retry_after_s == 3600.0


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        (limited(retry_after=400 * "9"), YEAR_S),
        (limited(retry_after="Fri, 31 Dec 9999999999999999999 23:59:59 GMT"), None),
        (limited(x_ratelimit_reset_requests="9999-12-31T23:59:59-23:59"), YEAR_S),
        (limited(f"try again in {400 * '9'} s"), YEAR_S),
        (limited('{"error": {"message": "x", "retry_after": 1e999}}'), YEAR_S),
        (limited('{"error": {"message": "x", "retry_after": -5}}'), 0.0),
    ],
)
def test_a_wait_is_a_number_of_seconds_within_a_year(failure: Failure, seconds: float | None) -> None:
    assert failure.retry_after_s == seconds


@given(st.text(max_size=300), st.text(max_size=40), st.sampled_from([None, 400, 429, 500]))
def test_nothing_that_is_said_breaks_the_classification(text: str, header: str, status: int | None) -> None:
    failure = classify(Signal(text=text, http_status=status, headers={"retry-after": header}), now=NOW)
    failure.message.encode()
    assert "\0" not in failure.message
    assert failure.retry_after_s is None or math.isfinite(failure.retry_after_s)


def test_a_message_moves_no_cursor_and_hides_nothing() -> None:
    text = "bad \x1b[2J\x1b]0;mine\x07 key\u202e yek\x9b31m \ud800 \0."
    assert message(text) == "bad [2J]0;mine key yek31m ? \ufffd."


def test_what_is_stored_keeps_its_lines() -> None:
    assert storable("a\n\tb\0\ud83d") == "a\n\tb\ufffd?"
    assert printable("a\r\n\tb\x1b") == "a\r\n\tb"


@pytest.mark.parametrize("text", ["'sk-' + 2000 * '._'", "'key_' + 2000 * 'é_'", "'token' + 4000 * ' '"])
def test_secrets_are_looked_for_once(text: str) -> None:
    """In a process of its own: an expression that tries again and again cannot be stopped."""
    said = f"from providers.failures.redact import message; print(len(message({text})))"
    done = subprocess.run([sys.executable, "-c", said], timeout=300, check=True, capture_output=True, text=True)
    assert 0 < int(done.stdout) <= 300


def test_a_long_key_is_left_out_to_its_end() -> None:
    assert redacted("sk-ant-api03-" + 300 * "aB3_" + "-x is bad") == "… is bad"
    assert redacted("sk-proj.part_" + 50 * "Ab1" + " is bad") == "… is bad"


def test_blanks_without_end_are_cut() -> None:
    """A pattern may begin at each of them: four thousand took seconds."""
    found = seen(Signal(text=4000 * "\n" + "rate limit"))
    assert found.whole == 20 * "\n" + "rate limit"
