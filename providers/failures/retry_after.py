"""How long a provider asks to wait, in any of the forms that they use: headers, body fields, and plain words."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from providers.failures.clock_words import moment_in_words

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NAMES = {"millisecond": "ms", "msec": "ms", "ms": "ms", "second": "s", "sec": "s", "s": "s"} | {
    "minute": "m", "min": "m", "m": "m", "hour": "h", "hr": "h", "h": "h", "day": "d", "d": "d"
}  # fmt: skip
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PART = re.compile(
    r"(\d+(?:\.\d+)?)\s*(ms|msecs?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])",
    re.IGNORECASE,
)
_SPAN = rf"((?:(?:about |around |approximately |~ ?)?{_PART.pattern},?\s*(?:and )?)+)"
# What a client does by itself ("retrying in 5 s", "timed out after 30 s") is nothing that a provider asked for.
_IN_WORDS = re.compile(
    rf"(?:\b(?:try|retry|again|back|available|resets?|wait|limit)\b[^.\n]{{0,40}}?\s(?:in|after|for|until)|\bwait)"
    rf"\s+(?:another\s+)?{_SPAN}",
    re.IGNORECASE,
)
# Counters of requests and tokens, and when they are full again; `ratelimit` is the one field of RFC 9651 form.
_COUNTERS = ("anthropic-ratelimit-", "x-ratelimit-", "x-rate-limit-", "ratelimit-", "ratelimitbysize-")
_IN_ONE_FIELD = re.compile(r"\b(?:t|reset)=(\d+(?:\.\d+)?)")
_NONE_LEFT = re.compile(r"\b(?:r|remaining)=0(?![\d.])")
_OF_A_WINDOW = re.compile(r"(x-codex-\w+)-reset-after-seconds")
_SECONDS_SINCE_1970 = 1e9
_LONGEST_VALUE = 100  # characters: no time is longer, and a stranger writes them
_LONGEST_S = 366 * 86_400.0  # nobody waits for longer, and dates end somewhere


def retry_after_s(
    headers: Mapping[str, str],
    text: str = "",
    *,
    now: dt.datetime,
    fields: Mapping[str, Any] | None = None,
    limited: bool = True,
) -> float | None:
    """Seconds from `now` that the provider asked to wait, None where it said nothing that can be read. `headers` have
    lower-case names; `fields` are those of the body. `limited`: it was a limit, so that the counters of requests and
    tokens, which come with every answer, mean something. The most exact form speaks first. From nothing to a year,
    whatever a provider writes."""
    found_s = _said(headers, text, now=now, fields=fields or {}, limited=limited)
    return None if found_s is None or math.isnan(found_s) else min(max(0.0, found_s), _LONGEST_S)


def _said(
    headers: Mapping[str, str], text: str, *, now: dt.datetime, fields: Mapping[str, Any], limited: bool
) -> float | None:
    explicit = _explicit(headers, now)
    if explicit is not None:
        return explicit
    for name, value in fields.items():
        seconds = _field(name, value, now)
        if seconds is not None:
            return seconds
    if limited:
        counters = _counters(headers, now)
        if counters is not None:
            return counters
    return _words(text, now)


def duration_s(text: str) -> float | None:
    """Seconds of "12s", "1m30s", "6ms", "2h 3m", "1.5 seconds"; None where it is no duration."""
    parts = _PART.findall(text)
    rest = _PART.sub("", text)
    if not parts or re.sub(r"about|around|approximately|and|[\s,~]", "", rest, flags=re.IGNORECASE):
        return None
    return sum(
        float(number) * _UNITS[_NAMES[unit.lower() if len(unit) < 3 else unit.lower().rstrip("s")]]
        for number, unit in parts
    )


def _explicit(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        value = headers.get(name, "").strip()
        if _NUMBER.fullmatch(value):
            return float(value) / 1000
    for name in ("retry-after", "x-retry-after", "x-ratelimit-retry-after"):
        value = headers.get(name, "").strip()
        if value:
            numbers = [part.strip() for part in value.split(",")]  # two proxies may both say it
            whole = all(_NUMBER.fullmatch(number) for number in numbers)
            seconds = max(map(float, numbers)) if whole else _moment_or_duration(value, now)
            if seconds is not None:
                return seconds
    return None


def _counters(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """The reset of those counters that are used up; where none says so, the nearest one."""
    used_up: list[float] = []
    others: list[float] = []
    for name, value in headers.items():
        empty, reset = _counter(name, value.strip(), headers)
        seconds = _reset(reset, now) if reset else None
        if seconds is not None:
            (used_up if empty else others).append(seconds)
    if used_up:
        return max(used_up)
    return min(others) if others else None


def _counter(name: str, value: str, headers: Mapping[str, str]) -> tuple[bool, str]:
    """Whether a header's counter is used up, and what it says of its reset ("" where it is no counter)."""
    if name.startswith(_COUNTERS) and "reset" in name:
        return headers.get(name.replace("reset", "remaining"), "").strip() in {"0", "0.0"}, value
    if name == "ratelimit":
        found = _IN_ONE_FIELD.search(value)
        return _NONE_LEFT.search(value) is not None, found.group(1) if found else ""
    if window := _OF_A_WINDOW.fullmatch(name):
        return headers.get(f"{window.group(1)}-used-percent", "").strip() in {"100", "100.0"}, value
    return False, ""


def _reset(value: str, now: dt.datetime) -> float | None:
    if _NUMBER.fullmatch(value):
        return _epoch_or_seconds(float(value), now)
    return _moment_or_duration(value, now)


def _field(name: str, value: Any, now: dt.datetime) -> float | None:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return _moment_or_duration(value, now)
    try:
        number = float(value)
        return number / 1000 if name.lower().endswith("ms") else _epoch_or_seconds(number, now)
    except OverflowError:  # a whole number beyond any
        return None


def _epoch_or_seconds(number: float, now: dt.datetime) -> float:
    """A number is a moment since 1970 (in milli-, micro- or nanoseconds where it is that large), else seconds from
    now."""
    for _ in range(3):
        if number > _SECONDS_SINCE_1970 * 100:
            number /= 1000
    return max(0.0, number - now.timestamp()) if number > _SECONDS_SINCE_1970 else number


def _moment_or_duration(value: str, now: dt.datetime) -> float | None:
    if len(value) > _LONGEST_VALUE:
        return None
    seconds = duration_s(value)
    if seconds is not None:
        return seconds
    moment = _moment(value)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def _moment(value: str) -> dt.datetime | None:
    """RFC 3339 or the date of HTTP; UTC where no zone is given."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (TypeError, ValueError, OverflowError):
            return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _words(text: str, now: dt.datetime) -> float | None:
    if found := _IN_WORDS.search(text):
        return duration_s(found.group(1).strip(" ,"))
    if found := re.search(r"limit reached\|(\d{10,13})\b", text):
        return _epoch_or_seconds(float(found.group(1)), now)
    return moment_in_words(text, now)
