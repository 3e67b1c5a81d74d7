"""An exception as a record: its kind, a message without secrets, and a fingerprint that is equal for equal failures."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from projects.engine.outcome import WorkFailed
from projects.engine.plain import clean_text, plain
from projects.repository.errors import CommitMissing, MergeConflict

MESSAGE_LIMIT = 4000
FRAMES = 8
SECRETS = (
    re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"),
    re.compile(
        r"(?i)([\w-]*(?:key|token|secret|password|passwd|authorization)[\w-]*[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]{4,}"
    ),
    re.compile(r"\b(sk|pk|ghp|gho|xox[abp]|ad)[-_][\w-]{12,}"),
    re.compile(r"(\w+://[^/\s:@]*:)[^@\s/]+@"),
)
# UUIDs, ids that mix letters with several digits (a provider's request, say), hexadecimal, numbers, paths.
VARIABLE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?<![a-z0-9])(?=[a-z0-9]{0,40}[a-z])(?=(?:[a-z]*\d){2})[a-z0-9]{12,}(?![a-z0-9])"
    r"|0x[0-9a-f]+|[0-9a-f]{8,}|\d+|/\S+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    kind: str
    message: str
    fingerprint: str
    outside: bool = False
    retry_at: dt.datetime | None = None
    provider: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def redact(text: str) -> str:
    """The text without what looks like a credential."""
    for pattern in SECRETS:
        text = pattern.sub(lambda found: f"{found.group(1)} [redacted]", text)
    return text


def fingerprint_of(kind: str, message: str) -> str:
    """Equal where two failures differ only in numbers, ids and paths."""
    words = " ".join(VARIABLE.sub("#", message).split()).lower()
    return hashlib.sha256(f"{kind}\n{words}".encode()).hexdigest()[:32]


def describe(error: BaseException) -> Described:
    """What to record of an exception that ended an attempt. Anything the pipeline did not foresee has the kind
    `code`."""
    if isinstance(error, WorkFailed):
        kind, said = error.kind, error.message
        print_ = error.fingerprint[:64] or fingerprint_of(kind, said)
        return Described(
            kind=kind, message=_short(said), fingerprint=print_, outside=error.outside, retry_at=error.retry_at,
            provider=error.provider, details=_redacted(plain(error.details)),
        )  # fmt: skip
    if isinstance(error, MergeConflict | CommitMissing):
        return Described(
            kind=error.code, message=_short(error.message), fingerprint=fingerprint_of(error.code, error.message)
        )
    said = f"{type(error).__name__}: {error}"
    where = "".join(traceback.format_tb(error.__traceback__)[-FRAMES:])
    return Described(kind="code", message=_short(f"{said}\n{where}"), fingerprint=fingerprint_of("code", said))


def _redacted(value: Any) -> Any:
    """Plain data with every text in it redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(one) for key, one in value.items()}
    return [_redacted(one) for one in value] if isinstance(value, list) else value


def _short(text: str) -> str:
    return redact(clean_text(text))[:MESSAGE_LIMIT].strip()
