"""Every form in which a provider says when to come back."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from providers.failures.classify import classify
from providers.failures.retry_after import duration_s, retry_after_s
from providers.failures.signal import Signal

NOW = dt.datetime(2026, 11, 21, 9, 0, 0, tzinfo=dt.UTC)  # a Saturday
EPOCH = int(NOW.timestamp())


@pytest.mark.feature("F2.10")
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": " 600 "}, 600.0),
        ({"retry-after": "Sat, 21 Nov 2026 09:00:12 GMT"}, 12.0),
        ({"retry-after": "Sat, 21 Nov 2026 08:00:00 GMT"}, 0.0),
        ({"retry-after": "2026-11-21T09:01:00Z"}, 60.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"x-ms-retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({}, None),
        ({"x-ratelimit-reset-requests": "1m30s"}, 90.0),
        ({"x-ratelimit-reset-tokens": "6ms"}, 0.006),
        ({"x-ratelimit-reset-requests": "1h2m3s"}, 3723.0),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, 1.0),
        (
            {
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-requests": "12",
                "x-ratelimit-reset-tokens": "6m0s",
                "x-ratelimit-remaining-tokens": "0",
            },
            360.0,
        ),
        ({"x-ratelimit-reset": str(EPOCH + 30)}, 30.0),
        ({"x-ratelimit-reset": str((EPOCH + 30) * 1000)}, 30.0),
        ({"x-ratelimit-reset": "45"}, 45.0),
        ({"ratelimit-reset": "7"}, 7.0),
        ({"anthropic-ratelimit-requests-reset": "2026-11-21T09:00:20Z"}, 20.0),
        (
            {
                "anthropic-ratelimit-tokens-reset": "2026-11-21T09:02:00+00:00",
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2026-11-21T09:00:20Z",
                "anthropic-ratelimit-requests-remaining": "49",
            },
            120.0,
        ),
        ({"retry-after": "3", "x-ratelimit-reset": "45"}, 3.0),
        ({"retry-after": "20s"}, 20.0),
        ({"retry-after": "20, 30"}, 30.0),
        ({"retry-after": "Saturday, 21-Nov-26 09:00:30 GMT"}, 30.0),
        ({"retry-after": "Sat Nov 21 09:00:30 2026"}, 30.0),
        ({"retry-after": "2026-11-21T09:00:30.500Z"}, 30.5),
        ({"retry-after": "58", "retry-after-ms": "57321"}, 57.321),
        ({"x-ratelimit-retry-after": "30"}, 30.0),
        ({"x-ratelimit-reset-tokens": "1m30.951s"}, 90.951),
        ({"x-ratelimit-reset-requests": "1d2h3m4s"}, 93784.0),
        ({"x-ratelimit-reset": f"{EPOCH + 12}.5"}, 12.5),
        ({"x-ratelimit-reset": str((EPOCH + 12) * 1_000_000)}, 12.0),
        ({"x-ratelimit-reset": str((EPOCH + 12) * 1_000_000_000)}, 12.0),
        ({"x-rate-limit-reset": "30"}, 30.0),
        ({"anthropic-ratelimit-unified-reset": str(EPOCH + 3600)}, 3600.0),
        ({"ratelimitbysize-reset": "17", "ratelimitbysize-remaining": "0"}, 17.0),
        ({"ratelimit": '"default";r=0;t=50'}, 50.0),
        ({"ratelimit": "limit=100, remaining=0, reset=50"}, 50.0),
        ({"ratelimit": '"default";r=5'}, None),
        (
            {
                "x-ratelimit-reset-tokens-minute": "11.38",
                "x-ratelimit-remaining-tokens-minute": "0",
                "x-ratelimit-reset-requests-day": "33011.3",
                "x-ratelimit-remaining-requests-day": "100",
            },
            11.38,
        ),
        (
            {
                "x-codex-primary-reset-after-seconds": "13873",
                "x-codex-primary-used-percent": "100",
                "x-codex-secondary-reset-after-seconds": "316705",
                "x-codex-secondary-used-percent": "80",
            },
            13873.0,
        ),
    ],
)
def test_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, now=NOW) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.feature("F2.10")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 2.5s.", 2.5),
        ("Please try again in 20ms. Visit the account page to learn more.", 0.02),
        ("Please try again in 3 minutes", 180.0),
        ("try again in about 3 minutes", 180.0),
        ("Please try again in 6m0s.", 360.0),
        ("Please try again in 1h 2m 3s", 3723.0),
        ("Try again in 1 hour and 30 minutes.", 5400.0),
        ("Please retry in 38.6s.", 38.6),
        ("Please retry after 20 seconds. To increase the limit, ask.", 20.0),
        ("retry after 1 day", 86400.0),
        ("Please wait 15 seconds before trying again", 15.0),
        ("limit resets in 42 secs", 42.0),
        ("Please try again at 10:30 UTC", 5400.0),
        ("try again at 08:30 UTC", 84600.0),
        ("You've hit your session limit · resets 3:45pm", 24300.0),
        ("limit reached · resets 2am (America/New_York)", 79200.0),
        ("resets at 12:30 (Not/AZone)", 12600.0),
        ("You've hit your weekly limit · resets Mon 12:00am", 140400.0),
        ("weekly limit resets Sat 8am", 6 * 86400.0 + 23 * 3600.0),
        ("Your limit resets at 2026-11-21T09:10:00Z", 600.0),
        ("available again after 2026-11-21 09:10:00 UTC", 600.0),
        ("resets at 2026-11-21T10:10:00+01:00", 600.0),
        (f"Claude AI usage limit reached|{EPOCH + 99}", 99.0),
        ("Please try again in 7m37.92s.", 457.92),
        ("Please try again in 114h18m0s. Visit the account page", 411480.0),
        ("slow down and try again after 1 minute.", 60.0),
        ("Your rate limit resets in ~4s.", 4.0),
        ("Please wait 40211 seconds before retrying.", 40211.0),
        ("Please retry in 402.885ms.", 0.402885),
        ("try again in 3 days 4 hours 5 minutes", 273900.0),
        ("You've hit your limit · resets at 3pm (Europe/Berlin)", 18000.0),
        ("resets 7am (America/Argentina/Buenos_Aires)", 3600.0),
        ("You've reached your Opus limit · resets Nov 23, 3pm (UTC)", 194400.0),
        ("resets Dec 2 at 5am (America/New_York)", 954000.0),
        ("resets Jan 1, 9am", 41 * 86400.0),
        ("or try again at Nov 24th, 2026 9:15 AM.", 260100.0),
        ("or try again at Nov 20th, 2026 9:15 AM.", 0.0),
        ("You will regain access on 2026-12-01 at 00:00 UTC.", 831600.0),
        ("resets Nov 31, 3pm", None),
        ("Please try again in a few seconds", None),
        ("Please try again later", None),
        ("Connection timed out after 30 seconds", None),
        ("API Error: 529 Overloaded · Retrying in 5 seconds… (attempt 1/10)", None),
        ("the reset button is at 12 o'clock", None),
        ("resets at 99:99", None),
        ("waited 3 apples", None),
        ("", None),
    ],
)
def test_words(text: str, seconds: float | None) -> None:
    assert retry_after_s({}, text, now=NOW) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"details": [{"@type": "google.rpc.RetryInfo", "retryDelay": "12s"}]}}, 12.0),
        ({"error": {"details": [{"retryDelay": "0.25s"}]}}, 0.25),
        ({"error": {"type": "usage_limit_reached", "resets_in_seconds": 77}}, 77.0),
        ({"error": {"type": "usage_limit_reached", "resets_at": EPOCH + 8}}, 8.0),
        ({"message": "slow", "retry_after": 4.5}, 4.5),
        ({"message": "slow", "retry_after": "9"}, 9.0),
        ({"message": "slow", "retry_after_ms": 1500}, 1.5),
        ({"message": "slow", "retryAfterMs": "1500"}, 1.5),
        ({"message": "slow", "retry_after_seconds": 15}, 15.0),
        ({"message": "slow", "retry-after": "15"}, 15.0),
        ({"message": "slow", "reset_time": "2026-11-21T09:00:15Z"}, 15.0),
        ({"error": {"details": [{"metadata": {"quotaResetDelay": "1m2.5s"}}]}}, 62.5),
        ({"error": "Model m is currently loading", "estimated_time": 20.0}, 20.0),
        ({"error": {"metadata": {"headers": {"X-RateLimit-Reset": str((EPOCH + 5) * 1000)}}}}, 5.0),
        ({"name": "APIError", "data": {"message": "x", "responseHeaders": {"Retry-After": "2"}}}, 2.0),
    ],
)
def test_bodies(body: dict[str, object], seconds: float) -> None:
    failure = classify(Signal(text=json.dumps(body), http_status=429), now=NOW)
    assert failure.retry_after_s == pytest.approx(seconds)


def test_what_a_client_says_of_its_own_retry_is_no_wait() -> None:
    text = (
        '{"type": "system", "subtype": "api_retry", "retry_delay_ms": 4083, "retryInMs": 616.43, "error_status": 529}'
    )
    assert classify(Signal(text=text, framework="claude"), now=NOW).retry_after_s is None


def test_the_signals_own_headers_in_any_case() -> None:
    failure = classify(Signal(text="", http_status=503, headers={"Retry-After": "7"}), now=NOW)
    assert failure.retry_after_s == 7.0


def test_counters_come_with_every_answer_and_count_only_at_a_limit() -> None:
    headers = {"x-ratelimit-reset-requests": "30s"}
    assert classify(Signal(text="", http_status=500, headers=headers)).retry_after_s is None
    assert classify(Signal(text="", http_status=400, headers={"retry-after": "3"})).retry_after_s is None
    assert classify(Signal(text="", http_status=429, headers=headers)).retry_after_s == 30.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12s", 12.0),
        ("1m30s", 90.0),
        ("6ms", 0.006),
        ("2 hours, 5 mins", 7500.0),
        ("12", None),
        ("12 parsecs", None),
        ("", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration_s(text) == seconds
