"""Exceptions as signals, with nothing of a provider's library imported."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
from typing import Any

import httpx
import pytest

from providers.failures.classify import classify
from providers.failures.exceptions import signal_of
from providers.failures.kinds import FailureKind as K
from providers.failures.signal import CallFailed, Signal


class SdkError(Exception):
    """As the SDKs' errors: a status, a body and the response."""

    def __init__(self, text: str, **fields: Any) -> None:
        super().__init__(text)
        for name, value in fields.items():
            setattr(self, name, value)


def test_a_call_that_failed_has_its_signal_already() -> None:
    signal = Signal(text="x", http_status=529)
    assert signal_of(CallFailed(signal)) is signal


def test_status_headers_type_and_code() -> None:
    response = httpx.Response(429, headers={"Retry-After": "2"}, request=httpx.Request("POST", "http://localhost"))
    error = SdkError("slow down", response=response, body={"error": {"type": "tokens", "code": "rate_limit_exceeded"}})
    signal = signal_of(error, "openai")
    assert (signal.http_status, signal.headers["retry-after"]) == (429, "2")
    assert (signal.error_type, signal.error_code) == ("tokens", "rate_limit_exceeded")
    failure = classify(signal)
    assert (failure.kind, failure.retry_after_s) == (K.RATE_LIMIT, 2.0)


def test_headers_that_litellm_keeps_apart() -> None:
    error = SdkError("x", status_code=429, litellm_response_headers={"Retry-After-Ms": "300"}, response=None)
    assert classify(signal_of(error, "litellm")).retry_after_s == 0.3


def test_an_agents_status() -> None:
    assert signal_of(SdkError("x", api_error_status=529)).http_status == 529
    assert signal_of(SdkError("x", code="ECONNREFUSED")).error_code == "ECONNREFUSED"
    assert signal_of(SdkError("x", status_code=True)).http_status is None


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (socket.gaierror(-3, "Temporary failure in name resolution"), K.CONNECTION),
        (ssl.SSLCertVerificationError("certificate verify failed"), K.CONNECTION),
        (ConnectionRefusedError(111, "Connection refused"), K.CONNECTION),
    ],
)
def test_the_cause_explains_what_the_text_does_not(cause: Exception, kind: K) -> None:
    error = SdkError("Connection error.")
    error.__cause__ = httpx.ConnectError("all attempts failed")
    error.__cause__.__context__ = cause
    signal = signal_of(error, "litellm")
    assert str(cause) in signal.text
    assert classify(signal).kind is kind


def test_causes_that_go_in_a_circle() -> None:
    one, two = SdkError("one"), SdkError("two")
    one.__context__, two.__context__ = two, one
    assert signal_of(one).text == "one"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), K.TIMEOUT),
        (asyncio.CancelledError(), K.CANCELLED),
        (ConnectionResetError(104, "Connection reset by peer"), K.CONNECTION),
        (httpx.ReadTimeout(""), K.TIMEOUT),
        (httpx.RemoteProtocolError("peer closed connection without sending complete message body"), K.TRUNCATED_STREAM),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), K.CONNECTION),
        (ValueError("odd"), K.UNKNOWN),
    ],
)
def test_exceptions_of_python_and_httpx(error: BaseException, kind: K) -> None:
    assert classify(signal_of(error)).kind is kind


def test_classifying_imports_no_providers_library() -> None:
    code = (
        "import sys; from providers.failures.classify import classify; from providers.failures.signal import Signal; "
        "from providers.failures.exceptions import signal_of; classify(Signal(text='x')); signal_of(ValueError()); "
        "print(sorted({'litellm', 'openai', 'httpx', 'aiohttp'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
