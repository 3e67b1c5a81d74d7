"""What makes two requests the same: what is asked, without what differs from run to run (times, ids, secrets)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.cassettes.format import Exchange
from tests.cassettes.secrets import STAND_IN, Scrubber, found_in
from tests.cassettes.trees import mapped

# Fields that say who asks, not what.
_LEFT_OUT = {"user", "metadata", "prompt_cache_key", "safety_identifier", "store"}
_VOLATILE = (
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "<uuid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|s|secs?|seconds|min|minutes)\b"), "<duration>"),
    (re.compile(r"\b(127\.0\.0\.1|localhost|\[::1\]):\d+"), r"\1:<port>"),
    (re.compile(r"\b0x[0-9a-f]{6,}\b", re.IGNORECASE), "<address>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9]*[a-f])[0-9a-f]{7,64}\b"), "<hash>"),
    (re.compile(r"/tmp/[\w./-]+"), "<temporary>"),
    (re.compile(r"\b\d{10,}\b"), "<number>"),
)
SECRET = "<secret>"
FIRST = 300
_VERSIONED = re.compile(r"^/(?:[\w-]+/)*?v\d+(?:beta)?(?=/)")


def plain(body: Any) -> Any:
    """The body as it is compared."""
    scrubber = Scrubber(found_in(body))
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in _LEFT_OUT}
    return mapped(body, lambda text: steady(STAND_IN.sub(SECRET, scrubber.clean(text))))


def steady(text: str) -> str:
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    return text


def fingerprint(method: str, path: str, body: Any) -> str:
    """A server's address may end in `/v1` or not: the path is compared from there."""
    path = _VERSIONED.sub("", path.partition("?")[0])
    whole = json.dumps([method, path, plain(body)], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()


def fingerprint_of(exchange: Exchange) -> str:
    return fingerprint(exchange.method, exchange.path, exchange.body)


def difference(recorded: Any, asked: Any) -> str:
    """The first place at which two plain bodies differ, in words; empty where they are equal."""
    one, other = dict(_leaves(recorded)), dict(_leaves(asked))
    for where in [*one, *(name for name in other if name not in one)]:
        if where not in one or where not in other:
            return f"{where}, which is only in what was {'recorded' if where in one else 'asked'}"
        if one[where] != other[where]:
            return f"{where}: {_beside(one[where], other[where])}"
    return ""


def _leaves(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{where}.{name}".lstrip("."))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves(inner, f"{where}[{at}]")
    else:
        yield where, value


def _beside(recorded: Any, asked: Any) -> str:
    if isinstance(recorded, str) and isinstance(asked, str):
        shorter = min(len(recorded), len(asked))
        at = next((n for n in range(shorter) if recorded[n] != asked[n]), shorter)
        start = max(0, at - 30)
        recorded, asked = recorded[start : at + 60], asked[start : at + 60]
    return f"recorded {recorded!r}, asked {asked!r}"


def outline(method: str, path: str, body: Any) -> str:
    """The fingerprint of a conversation by its course: what was asked first and what the model said since, without what
    tools answered. For what a recorder cannot foresee, such as another version's words in the output of a program."""
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list):
        return fingerprint(method, path, body)
    said = [one for one in messages if isinstance(one, dict)]
    first = next((one.get("content") for one in said if one.get("role") == "user"), "")
    course = {
        "model": body.get("model"),
        "stream": bool(body.get("stream")),
        "first": json.dumps(first, ensure_ascii=False)[:FIRST],
        "roles": [str(one.get("role")) for one in said],
        "said": [one for one in said if one.get("role") == "assistant"],
    }
    return fingerprint(method, path, course)
