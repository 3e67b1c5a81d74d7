"""The closed set of failure kinds, and for each what it means for the next step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    QUOTA = "quota"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    CONTEXT_WINDOW = "context_window"
    CONTENT_POLICY = "content_policy"
    OUTPUT_LIMIT = "output_limit"
    BAD_REQUEST = "bad_request"
    MODEL_NOT_FOUND = "model_not_found"
    MALFORMED_ANSWER = "malformed_answer"
    EMPTY_ANSWER = "empty_answer"
    TRUNCATED_STREAM = "truncated_stream"
    FRAMEWORK_ERROR = "framework_error"
    SANDBOX_ERROR = "sandbox_error"
    CODE_ERROR = "code_error"
    BUDGET = "budget"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How bad it is for the provider's health: `none` says nothing about it (a caller's fault, a cancelled call)."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Whom(StrEnum):
    """With whom another try may help; each one includes those after it."""

    SAME_PROVIDER = "same_provider"
    OTHER_KEY = "other_key"
    OTHER_MODEL = "other_model"
    OTHER_PROVIDER = "other_provider"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Traits:
    """`immediate`: the breaker opens at the first one (for UNAVAILABLE and CONNECTION with a second witness)."""

    severity: Severity
    whom: Whom
    immediate: bool = False


_K, _S, _W = FailureKind, Severity, Whom
TRAITS: dict[FailureKind, Traits] = {
    _K.AUTHENTICATION: Traits(_S.CRITICAL, _W.OTHER_KEY, immediate=True),
    _K.PERMISSION: Traits(_S.HIGH, _W.OTHER_KEY, immediate=True),
    _K.QUOTA: Traits(_S.CRITICAL, _W.OTHER_KEY, immediate=True),
    _K.RATE_LIMIT: Traits(_S.MEDIUM, _W.OTHER_KEY),
    _K.OVERLOADED: Traits(_S.MEDIUM, _W.OTHER_MODEL),
    _K.UNAVAILABLE: Traits(_S.HIGH, _W.OTHER_PROVIDER, immediate=True),
    _K.TIMEOUT: Traits(_S.HIGH, _W.OTHER_PROVIDER),
    _K.CONNECTION: Traits(_S.HIGH, _W.OTHER_PROVIDER, immediate=True),
    _K.CONTEXT_WINDOW: Traits(_S.NONE, _W.OTHER_MODEL),
    _K.CONTENT_POLICY: Traits(_S.NONE, _W.OTHER_PROVIDER),
    _K.OUTPUT_LIMIT: Traits(_S.NONE, _W.OTHER_MODEL),
    _K.BAD_REQUEST: Traits(_S.NONE, _W.NOBODY),
    _K.MODEL_NOT_FOUND: Traits(_S.HIGH, _W.OTHER_MODEL, immediate=True),
    _K.MALFORMED_ANSWER: Traits(_S.MEDIUM, _W.OTHER_PROVIDER),
    _K.EMPTY_ANSWER: Traits(_S.MEDIUM, _W.OTHER_PROVIDER),
    _K.TRUNCATED_STREAM: Traits(_S.MEDIUM, _W.OTHER_PROVIDER),
    _K.FRAMEWORK_ERROR: Traits(_S.MEDIUM, _W.OTHER_PROVIDER),
    _K.SANDBOX_ERROR: Traits(_S.NONE, _W.SAME_PROVIDER),
    _K.CODE_ERROR: Traits(_S.NONE, _W.SAME_PROVIDER),
    _K.BUDGET: Traits(_S.NONE, _W.OTHER_PROVIDER),
    _K.CANCELLED: Traits(_S.NONE, _W.NOBODY),
    _K.UNKNOWN: Traits(_S.LOW, _W.OTHER_PROVIDER),
}
