"""Every fault of the lab gives the right signal, in every wire format, with and without streaming, by one request."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from providers.failures.kinds import FailureKind
from tests.providers.kinds.calls import SECRET, Caller
from tests.providers_lab import Answer, Upstream
from tests.providers_lab.faults import HTTP_FAULTS

pytestmark = pytest.mark.feature("F2.1")


@dataclass(frozen=True)
class Expected:
    """What the signal must say; an empty one is not looked at."""

    error_type: str = ""
    exception: str = ""
    code: str = ""


TRUNCATED = Expected(error_type=FailureKind.TRUNCATED_STREAM)
EMPTY = Expected(error_type=FailureKind.EMPTY_ANSWER)
MALFORMED = Expected(error_type=FailureKind.MALFORMED_ANSWER)
BOTH: dict[str, Expected] = {
    "reset": Expected(exception="httpx.ConnectError", code="ECONNRESET"),
    "disconnect": Expected(exception="httpx.ReadError"),
    "malformed": MALFORMED,
    "malformed_chunk; after=2": MALFORMED,
    "html": MALFORMED,
    "empty_body": EMPTY,
    "empty_choices": EMPTY,
    "empty_content": EMPTY,
    "no_finish": TRUNCATED,
}
STREAMED: dict[str, Expected] = {
    "stream_reset; after=2": Expected(error_type=FailureKind.TRUNCATED_STREAM, exception="httpx.ReadError"),
    "stream_cut; after=2": Expected(error_type=FailureKind.TRUNCATED_STREAM, exception="httpx.ReadError"),
    "stream_close; after=2": TRUNCATED,
}
WHOLE: dict[str, Expected] = {
    "stream_reset": Expected(exception="httpx.ReadError"),
    "stream_cut": Expected(exception="httpx.ReadError"),
}


@pytest.mark.parametrize("name", HTTP_FAULTS)
async def test_an_error_with_a_status(caller: Caller, upstream: Upstream, name: str) -> None:
    upstream.fail(name)
    signal = await caller.failure()
    assert signal.http_status == HTTP_FAULTS[name]
    assert signal.error_type
    assert signal.framework == caller.target.model.partition("/")[0]
    assert signal.exception_class.startswith("litellm.exceptions.")
    assert "Traceback" not in signal.text
    assert upstream.calls == 1


@pytest.mark.parametrize("words", BOTH)
async def test_what_breaks_either_way(caller: Caller, upstream: Upstream, words: str) -> None:
    upstream.fail(words)
    await _check(caller, upstream, BOTH[words])


@pytest.mark.parametrize("words", STREAMED)
@pytest.mark.parametrize("stream", [True], indirect=True)
async def test_what_breaks_a_stream(caller: Caller, upstream: Upstream, words: str) -> None:
    upstream.fail(words)
    await _check(caller, upstream, STREAMED[words])


@pytest.mark.parametrize("words", WHOLE)
@pytest.mark.parametrize("stream", [False], indirect=True)
async def test_what_breaks_a_whole_answer(caller: Caller, upstream: Upstream, words: str) -> None:
    upstream.fail(words)
    await _check(caller, upstream, WHOLE[words])


async def _check(caller: Caller, upstream: Upstream, expected: Expected) -> None:
    signal = await caller.failure()
    assert signal.error_type == expected.error_type
    assert not expected.exception or signal.exception_class == expected.exception
    assert signal.error_code == expected.code
    assert signal.http_status is None
    assert signal.text
    assert upstream.calls == 1


async def test_refused(caller: Caller, upstream: Upstream) -> None:
    upstream.fail("refused")
    signal = await caller.failure()
    assert (signal.exception_class, signal.error_code) == ("httpx.ConnectError", "ECONNREFUSED")
    assert signal.http_status is None
    assert " at 0x" not in signal.text


@pytest.mark.parametrize("words", ["error_event", "stream_error; after=2"])
async def test_an_error_event(caller: Caller, upstream: Upstream, words: str) -> None:
    upstream.fail(words)
    signal = await caller.failure()
    assert signal.error_type in {"server_error", "overloaded_error", "api_error", "UNAVAILABLE", "INTERNAL"}
    assert signal.exception_class == ""
    assert upstream.calls == 1


async def test_a_page_of_html_with_an_error(caller: Caller, upstream: Upstream) -> None:
    upstream.fail("html_error")
    signal = await caller.failure()
    assert signal.http_status == 502
    assert "Bad Gateway" in signal.text


async def test_a_stream_without_its_terminator_is_whole_by_its_finish_reason(
    caller: Caller, upstream: Upstream
) -> None:
    upstream.fail("no_terminator")
    assert (await caller.call()).text


@pytest.mark.parametrize(
    ("finish", "expected"),
    [
        ("content_filter", FailureKind.CONTENT_POLICY),
        ("length", FailureKind.OUTPUT_LIMIT),
        ("stop", FailureKind.EMPTY_ANSWER),
    ],
)
async def test_an_answer_without_a_word(caller: Caller, upstream: Upstream, finish: str, expected: FailureKind) -> None:
    upstream.answer(Answer(text="", finish=finish))
    assert (await caller.failure()).error_type == expected


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
async def test_blanks_are_no_answer(caller: Caller, upstream: Upstream, text: str) -> None:
    upstream.answer(Answer(text=text, pieces=(text,) if text else None))
    assert (await caller.failure()).error_type == FailureKind.EMPTY_ANSWER


@pytest.mark.parametrize(
    ("words", "header", "value"),
    [
        ("429; retry_after_s=2", "retry-after", "2"),
        ("429; retry_after_s=1.5; form=ms", "retry-after-ms", "1500"),
        ("429; retry_after_s=2; form=reset", "x-ratelimit-reset-requests", "2s"),
    ],
)
async def test_when_to_come_back(caller: Caller, upstream: Upstream, words: str, header: str, value: str) -> None:
    upstream.fail(words)
    assert (await caller.failure()).headers[header] == value


async def test_when_to_come_back_as_a_date_or_in_words(caller: Caller, upstream: Upstream) -> None:
    upstream.fail("429; retry_after_s=2; form=date")
    assert (await caller.failure()).headers["retry-after"].endswith(" GMT")
    upstream.fail("429; retry_after_s=7; form=text")
    assert "try again in 7s" in (await caller.failure()).text


async def test_the_key_stands_in_no_signal(caller: Caller, upstream: Upstream) -> None:
    upstream.fail("401", text=f"Incorrect API key provided: {SECRET} (Bearer abcdefgh.ijkl)")
    signal = await caller.failure()
    assert SECRET not in str(signal)
    assert "abcdefgh.ijkl" not in str(signal)
    assert "Incorrect API key provided" in signal.text


@pytest.mark.parametrize("stream", [True], indirect=True)
async def test_a_stream_that_ends_before_its_first_token(caller: Caller, upstream: Upstream) -> None:
    upstream.fail("stream_close; after=0")
    nothing_at_all = caller.target.model.startswith("gemini")  # which sends nothing before its first token
    expected = FailureKind.EMPTY_ANSWER if nothing_at_all else FailureKind.TRUNCATED_STREAM
    assert (await caller.failure()).error_type == expected
