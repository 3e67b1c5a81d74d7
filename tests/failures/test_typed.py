"""Statuses, types and classes: what they say, and what words may make of them."""

from __future__ import annotations

import pytest

from providers.failures.classify import classify
from providers.failures.kinds import FailureKind as K
from providers.failures.signal import Signal

BY_STATUS = {
    400: K.BAD_REQUEST,
    401: K.AUTHENTICATION,
    402: K.QUOTA,
    403: K.PERMISSION,
    404: K.MODEL_NOT_FOUND,
    408: K.TIMEOUT,
    413: K.CONTEXT_WINDOW,
    418: K.BAD_REQUEST,
    422: K.BAD_REQUEST,
    429: K.RATE_LIMIT,
    499: K.CANCELLED,
    500: K.UNAVAILABLE,
    502: K.UNAVAILABLE,
    503: K.UNAVAILABLE,
    504: K.TIMEOUT,
    524: K.TIMEOUT,
    526: K.CONNECTION,
    529: K.OVERLOADED,
    599: K.UNAVAILABLE,
}


@pytest.mark.feature("F2.4")
@pytest.mark.parametrize(("status", "kind"), BY_STATUS.items())
def test_a_status_alone(status: int, kind: K) -> None:
    assert classify(Signal(text="", http_status=status)).kind is kind


@pytest.mark.parametrize("status", [200, 204, 302, 0, 700])
def test_a_status_that_is_no_failure_says_nothing(status: int) -> None:
    assert classify(Signal(text="", http_status=status)).kind is K.UNKNOWN


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "This model's maximum context length is 8192 tokens", K.CONTEXT_WINDOW),
        (400, "Service Unavailable", K.BAD_REQUEST),
        (400, "Connection refused by the tool", K.BAD_REQUEST),
        (401, "Rate limit exceeded", K.AUTHENTICATION),
        (401, "You have insufficient permissions for this operation. Missing scopes: model.request", K.PERMISSION),
        (403, "Insufficient credits", K.QUOTA),
        (403, "The model `m` does not exist", K.PERMISSION),
        (429, "You exceeded your current quota, please check your plan and billing details.", K.QUOTA),
        (429, "The model is overloaded", K.OVERLOADED),
        (429, "Invalid API key", K.RATE_LIMIT),
        (500, "invalid api key", K.UNAVAILABLE),
        (500, "The request timed out", K.TIMEOUT),
        (503, "The model is overloaded", K.UNAVAILABLE),
        (529, "Service Unavailable", K.OVERLOADED),
    ],
)
def test_words_may_refine_a_status_only_within_its_bounds(status: int, text: str, kind: K) -> None:
    assert classify(Signal(text=text, http_status=status)).kind is kind


@pytest.mark.parametrize(
    ("signal", "kind"),
    [
        (Signal(text="x", http_status=429, error_code="insufficient_quota"), K.QUOTA),
        (Signal(text="x", http_status=500, error_type="overloaded_error"), K.OVERLOADED),
        (Signal(text="x", http_status=400, error_type="invalid_request_error"), K.BAD_REQUEST),
        (Signal(text="x", error_type="server_error"), K.UNAVAILABLE),
        (Signal(text="x", http_status=408, error_type="server_error"), K.TIMEOUT),
        (Signal(text="x", http_status=403, error_code="model_not_found"), K.PERMISSION),
        (Signal(text="x", http_status=200, error_type="overloaded_error"), K.OVERLOADED),
        (Signal(text="x", error_code="ECONNREFUSED"), K.CONNECTION),
        (Signal(text="Insufficient credits", http_status=429, error_type="rate_limit_error"), K.QUOTA),
        (
            Signal(text="You exceeded your current quota", http_status=429, error_type="RESOURCE_EXHAUSTED"),
            K.RATE_LIMIT,
        ),
    ],
)
def test_the_providers_own_type_or_code(signal: Signal, kind: K) -> None:
    assert classify(signal).kind is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("openai.AuthenticationError", K.AUTHENTICATION),
        ("openai.RateLimitError", K.RATE_LIMIT),
        ("openai.InternalServerError", K.UNAVAILABLE),
        ("openai.APIConnectionError", K.CONNECTION),
        ("litellm.exceptions.MidStreamFallbackError", K.TRUNCATED_STREAM),
        ("litellm.exceptions.ContextWindowExceededError", K.CONTEXT_WINDOW),
        ("litellm.exceptions.BudgetExceededError", K.BUDGET),
        ("ssl.SSLCertVerificationError", K.CONNECTION),
        ("json.decoder.JSONDecodeError", K.MALFORMED_ANSWER),
        ("billiard.exceptions.WorkerLostError", K.FRAMEWORK_ERROR),
        ("redis.exceptions.ConnectionError", K.FRAMEWORK_ERROR),
        ("builtins.AttributeError", K.FRAMEWORK_ERROR),
    ],
)
def test_the_class_of_an_exception(name: str, kind: K) -> None:
    assert classify(Signal(text="", exception_class=name)).kind is kind


def test_a_library_of_ours_that_talks_to_an_agents_server() -> None:
    error = "httpx.ConnectError"
    assert classify(Signal(text="", exception_class=error)).kind is K.CONNECTION
    assert classify(Signal(text="", exception_class=error, framework="opencode")).kind is K.FRAMEWORK_ERROR


def test_the_body_inside_the_body() -> None:
    text = '{"error": {"message": "{\\"error\\": {\\"type\\": \\"insufficient_quota\\", \\"message\\": \\"no\\"}}"}}'
    assert classify(Signal(text=text, framework="openai")).kind is K.QUOTA


def test_the_last_raise_of_a_worker_log() -> None:
    text = (
        'Traceback (most recent call last):\n  File "x.py", line 1, in f\n'
        "litellm.exceptions.AuthenticationError: litellm.AuthenticationError: Missing Anthropic API Key"
    )
    assert classify(Signal(text=text, framework="litellm")).kind is K.AUTHENTICATION
    assert classify(Signal(text=text, framework="claude")).kind is K.CODE_ERROR


@pytest.mark.parametrize("kind", sorted(set(K) - {K.UNKNOWN}))
def test_a_provider_kind_that_knows_names_it(kind: K) -> None:
    failure = classify(Signal(text="the answer is odd", http_status=200, error_type=kind.value))
    assert (failure.kind, failure.reason) == (kind, f"kind:{kind.value}")


def test_a_code_of_that_spelling_in_a_body_is_the_providers_own() -> None:
    text = '{"type": "permission", "message": "edit src/app.py?"}'
    assert classify(Signal(text=text, framework="opencode")).kind is K.UNKNOWN
    assert classify(Signal(text="slow", http_status=500, error_type="permission")).kind is K.UNAVAILABLE
