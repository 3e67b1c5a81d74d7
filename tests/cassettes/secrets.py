"""What must not be in a cassette, and what stands in its place.

A secret is: what was told to be one (the key that is put in, those of the environment), what the product's redaction
takes for one, and what stands under a name of keys, cookies or accounts. Where one was found, the same words go
everywhere, also where nothing tells that they are secret; each has a stand-in of its own, so that what belonged
together still does.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from providers.failures.redact import secrets_in
from tests.cassettes.trees import DEEPEST, texts, written

STAND_IN = re.compile(r"redacted-[a-z]{4,}")
LEAST = 4
_NAMES = re.compile(
    r"(x[-_])?(goog[-_])?api[-_]?key|(proxy[-_])?authorization|password|passwd|secret|client_secret|private_key|"
    r"((access|refresh|id|session|auth|bearer)_?)?token|credentials?|(set-)?cookie|"
    r"organi[sz]ation(_id|_uuid)?|org_id|account(_id|_uuid)?|user_id|safety_identifier",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"^(bearer|basic|token)\s+", re.IGNORECASE)


def found_in(value: Any, depth: int = 0) -> set[str]:
    """The secrets in a JSON value, or in a text."""
    secrets: set[str] = set()
    for path, text in texts(value):
        secrets |= secrets_in(text)
        if path and _NAMES.fullmatch(str(path[-1])):
            secrets.add(_value(text))
        inner = written(text) if depth < DEEPEST else None
        if inner is not None:
            secrets |= found_in(inner, depth + 1)
    return {one for one in secrets if len(one) >= LEAST and not STAND_IN.fullmatch(one)}


def _value(text: str) -> str:
    """What stands under a secret's name, without `Bearer`; empty where it is a word ("password": "string"), or short as
    a piece of a word is (the `token` of a list of probabilities)."""
    text = _SCHEME.sub("", text)
    return text if len(text) >= 6 and any(sign.isdigit() or sign == "*" for sign in text) else ""


class Scrubber:
    """Learns secrets and takes them out. `told` are known before anything is read."""

    def __init__(self, told: Iterable[str] = ()) -> None:
        self._stand_ins: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self._count = 0
        self.learn(told)

    def learn(self, secrets: Iterable[str]) -> None:
        for one in sorted({secret.strip() for secret in secrets}):
            if len(one) < LEAST or one in self._stand_ins:
                continue
            stand_in = f"redacted-{_letters(self._count)}"
            self._count += 1
            self._pattern = None
            for form in forms_of(one):
                self._stand_ins.setdefault(form, stand_in)

    @property
    def known(self) -> frozenset[str]:
        return frozenset(self._stand_ins)

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, stand-in) of every secret in a text, in their order; the longest where several begin."""
        if self._pattern is None:
            words = sorted(self._stand_ins, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, words)) or r"(?!)")
        return [(one.start(), one.end(), self._stand_ins[one[0]]) for one in self._pattern.finditer(text)]

    def clean(self, text: str) -> str:
        for start, end, stand_in in reversed(self.spans(text)):
            text = text[:start] + stand_in + text[end:]
        return text


def forms_of(secret: str) -> set[str]:
    """A secret as it is, and as it stands in addresses, in basic authorization and in JSON that is written in JSON."""
    coded = base64.b64encode(secret.encode()).decode()
    forms = {secret, quote(secret, safe=""), coded, coded.rstrip("=")}
    escaped = secret
    for _ in range(3):
        forms |= {json.dumps(escaped)[1:-1], json.dumps(escaped, ensure_ascii=False)[1:-1]}
        escaped = json.dumps(escaped)[1:-1]
    return forms


def _letters(number: int) -> str:
    """aaaa, aaab, …: without a digit, which would look like a secret again."""
    found = ""
    while number or len(found) < 4:
        number, place = divmod(number, 26)
        found = chr(ord("a") + place) + found
    return found
