"""How a request ends that nobody answered, in each format's own words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from providers.failures.kinds import FailureKind
from providers.gateway.wire import anthropic_answer, openai
from providers.routing.errors import BudgetRefused, NoAnswer, StreamBroken

_K = FailureKind
# HTTP status, OpenAI's type and code, Anthropic's type. What is the request's own fault is told as such; the rest is
# the gateway's to answer for, whatever the provider said: a bad key of ours is no 401 of the caller.
WORDS: dict[FailureKind, tuple[int, str, str, str]] = {
    _K.CONTEXT_WINDOW: (400, "invalid_request_error", "context_length_exceeded", "invalid_request_error"),
    _K.CONTENT_POLICY: (400, "invalid_request_error", "content_policy_violation", "invalid_request_error"),
    _K.BAD_REQUEST: (400, "invalid_request_error", "bad_request", "invalid_request_error"),
    _K.OUTPUT_LIMIT: (400, "invalid_request_error", "output_limit", "invalid_request_error"),
    _K.MODEL_NOT_FOUND: (404, "invalid_request_error", "model_not_found", "not_found_error"),
    _K.RATE_LIMIT: (429, "rate_limit_error", "rate_limit_exceeded", "rate_limit_error"),
    _K.TIMEOUT: (504, "server_error", "timeout", "timeout_error"),
    _K.BUDGET: (402, "insufficient_quota", "budget_exceeded", "billing_error"),
}
BROKEN = (502, "server_error", "stream_broken", "api_error")
OTHERWISE = (503, "server_error", "no_provider", "overloaded_error")


def words_of(error: NoAnswer) -> tuple[int, str, str, str]:
    if isinstance(error, BudgetRefused):
        return WORDS[_K.BUDGET]
    if isinstance(error, StreamBroken):
        return BROKEN
    if error.failure is not None:
        return WORDS.get(error.failure.kind, OTHERWISE)
    # Whoever could be asked is away for the limit that an answer before this one met: it is the same error still.
    limited = error.away and all(kind == _K.RATE_LIMIT.value for _, kind in error.away)
    return WORDS[_K.RATE_LIMIT] if limited and error.retry_after_s is not None else OTHERWISE


def headers_of(error: NoAnswer) -> dict[str, str]:
    if error.retry_after_s is None:
        return {}
    return {"Retry-After": str(max(1, math.ceil(error.retry_after_s)))}


def named(request_id: str) -> dict[str, str]:
    """The headers by which the formats' own clients know an answer."""
    return {"x-request-id": request_id, "request-id": request_id, "x-autodev-request-id": request_id}


def openai_error(error: NoAnswer) -> dict[str, Any]:
    _, type_, code, _ = words_of(error)
    return openai.error_body(message=error.message, type_=type_, code=code)


def anthropic_error(error: NoAnswer) -> dict[str, Any]:
    return anthropic_answer.error_body(message=error.message, type_=words_of(error)[3])


def inner(body: Mapping[str, Any]) -> dict[str, Any]:
    """The error without its frame, for an event in a stream."""
    return dict(body["error"])
