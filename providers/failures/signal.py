"""A Signal is what was seen of a failure; a Failure is what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.failures.kinds import TRAITS, FailureKind, Traits


@dataclass(frozen=True, kw_only=True)
class Signal:
    """Whatever is known: the text of an exception, a body or a log line; an HTTP status with its headers (lower-case
    names); the exception's class with its module; the provider's own error type and code. `framework` names the set of
    patterns that speak first (`openai`, `anthropic`, `gemini`, `claude`, `opencode`, `celery`, …)."""

    text: str
    framework: str = ""
    http_status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    exception_class: str = ""
    error_type: str = ""
    error_code: str = ""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """`retry_after_s`: seconds from now that the provider asked to wait, None where it said nothing. `reason`: the name
    of the pattern or rule that decided. `message` is for a person and holds no secret."""

    kind: FailureKind
    message: str
    reason: str
    http_status: int | None = None
    retry_after_s: float | None = None

    @property
    def traits(self) -> Traits:
        return TRAITS[self.kind]


class CallFailed(Exception):
    """A call to a model broke. The kind that made the call raises it with what it saw; the routing classifies it."""

    def __init__(self, signal: Signal) -> None:
        super().__init__(signal.text[:500])
        self.signal = signal
