"""What real calls through the litellm kind break with, in every wire format, is classified as what it is."""

from __future__ import annotations

import pytest

from providers.failures.classify import classify
from providers.failures.kinds import FailureKind as K
from tests.providers.kinds.calls import Caller
from tests.providers.kinds.conftest import _lab, caller, kind, lab, model, stream, upstream
from tests.providers_lab import Upstream

__all__ = ["_lab", "caller", "kind", "lab", "model", "stream", "upstream"]

KINDS = {
    "authentication": K.AUTHENTICATION,
    "billing": K.QUOTA,
    "permission": K.PERMISSION,
    "model_not_found": K.MODEL_NOT_FOUND,
    "bad_request": K.BAD_REQUEST,
    "context": K.CONTEXT_WINDOW,
    "content_policy": K.CONTENT_POLICY,
    "credit": K.QUOTA,
    "request_timeout": K.TIMEOUT,
    "too_large": K.CONTEXT_WINDOW,
    "rate_limit": K.RATE_LIMIT,
    "quota": K.QUOTA,
    "internal": K.UNAVAILABLE,
    "bad_gateway": K.UNAVAILABLE,
    "unavailable": K.UNAVAILABLE,
    "gateway_timeout": K.TIMEOUT,
    "overloaded": K.OVERLOADED,
    "html_error": K.UNAVAILABLE,
    "refused": K.CONNECTION,
    "reset": K.CONNECTION,
    "malformed": K.MALFORMED_ANSWER,
    "html": K.MALFORMED_ANSWER,
    "empty_body": K.EMPTY_ANSWER,
    "empty_choices": K.EMPTY_ANSWER,
    "empty_content": K.EMPTY_ANSWER,
    "no_finish": K.TRUNCATED_STREAM,
}
STREAMED = {
    "stream_reset; after=2": K.TRUNCATED_STREAM,
    "stream_cut; after=2": K.TRUNCATED_STREAM,
    "stream_close; after=2": K.TRUNCATED_STREAM,
}


@pytest.mark.feature("F2.4")
@pytest.mark.parametrize("fault", KINDS)
async def test_every_fault(caller: Caller, upstream: Upstream, fault: str) -> None:
    upstream.fail(fault)
    failure = classify(await caller.failure())
    # Gemini answers a spent quota and a limit with the same words: both come back by themselves.
    same = fault == "quota" and caller.target.model.startswith("gemini")
    assert failure.kind is (K.RATE_LIMIT if same else KINDS[fault]), failure.reason


@pytest.mark.feature("F2.4")
@pytest.mark.parametrize("fault", STREAMED)
@pytest.mark.parametrize("stream", [True], indirect=True)
async def test_a_stream_that_breaks(caller: Caller, upstream: Upstream, fault: str) -> None:
    upstream.fail(fault)
    failure = classify(await caller.failure())
    assert failure.kind is STREAMED[fault], failure.reason


@pytest.mark.parametrize("fault", ["error_event", "stream_error; after=2"])
async def test_an_error_event(caller: Caller, upstream: Upstream, fault: str) -> None:
    upstream.fail(fault)
    failure = classify(await caller.failure())
    assert failure.kind in {K.UNAVAILABLE, K.OVERLOADED}, failure.reason


@pytest.mark.feature("F2.10")
@pytest.mark.parametrize("form", ["seconds", "ms", "date", "text", "reset"])
@pytest.mark.parametrize("stream", [False], indirect=True)
async def test_when_to_come_back(caller: Caller, upstream: Upstream, form: str) -> None:
    upstream.fail(f"rate_limit; retry_after_s=20; form={form}")
    failure = classify(await caller.failure())
    assert failure.kind is K.RATE_LIMIT
    assert failure.retry_after_s == pytest.approx(20, abs=2)
