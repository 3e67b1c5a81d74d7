"""Faults on command: their names, parameters, and the form in which a header or the control endpoint asks for one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

# name → HTTP status; the texts are in tests.providers_lab.wire.errors
HTTP_FAULTS: Final[dict[str, int]] = {
    "authentication": 401,
    "billing": 402,
    "permission": 403,
    "model_not_found": 404,
    "bad_request": 400,
    "context": 400,
    "content_policy": 400,
    "credit": 400,
    "request_timeout": 408,
    "too_large": 413,
    "rate_limit": 429,
    "quota": 429,
    "internal": 500,
    "bad_gateway": 502,
    "unavailable": 503,
    "gateway_timeout": 504,
    "overloaded": 529,
}

ANSWER_FAULTS: Final[dict[str, str]] = {
    "hang": "takes the request and says nothing, not even headers",
    "hang_first_token": "sends headers and what comes before the first token, then nothing",
    "refused": "the port is closed (for the whole upstream; not by header)",
    "reset": "resets the connection instead of answering",
    "disconnect": "closes the connection without an answer",
    "malformed": "an answer whose JSON is broken; in a stream the first chunk",
    "html": "200 with an HTML page",
    "html_error": "502 with an HTML page",
    "empty_body": "200 with nothing in it",
    "empty_choices": "an answer without choices (content blocks, candidates)",
    "empty_content": "an answer whose text is empty",
    "error_event": "200, then an error event before the first token; without streaming an error object as the body",
    "stream_reset": "resets the connection after `after` tokens (half the body)",
    "stream_cut": "closes the connection after `after` tokens, without the end of the body",
    "stream_error": "an error event after `after` tokens",
    "stream_hang": "silent after `after` tokens",
    "stream_close": "ends the body cleanly after `after` tokens: no finish reason, no terminator",
    "malformed_chunk": "a broken chunk after `after` tokens, then the rest",
    "no_finish": "everything but a finish reason",
    "no_terminator": "everything but the terminator (data: [DONE], message_stop)",
    "slow": "`interval_s` between tokens",
    "late": "sends headers, then nothing for `interval_s`, then the whole answer",
    "wrong_model": "the answer names another model",
}

BY_STATUS: Final[dict[str, str]] = {
    "400": "bad_request",
    "401": "authentication",
    "402": "billing",
    "403": "permission",
    "404": "model_not_found",
    "408": "request_timeout",
    "413": "too_large",
    "429": "rate_limit",
    "500": "internal",
    "502": "bad_gateway",
    "503": "unavailable",
    "504": "gateway_timeout",
    "529": "overloaded",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`times`: how many requests meet it, None is until it is taken away. `share`: the part of requests that do.
    `key`, `model`: only requests with these. `retry_after_s` and `form` (seconds, ms, date, text, reset) are for errors
    with an HTTP status. `text` replaces the message of the error."""

    name: str
    times: int | None = None
    share: float = 1.0
    key: str = ""
    model: str = ""
    after: int = 5
    interval_s: float = 0.2
    retry_after_s: float | None = None
    form: str = "seconds"
    text: str = ""

    def __post_init__(self) -> None:
        if self.name not in HTTP_FAULTS and self.name not in ANSWER_FAULTS:
            raise ValueError(f"the lab knows no fault {self.name!r}: {', '.join((*HTTP_FAULTS, *ANSWER_FAULTS))}")

    @property
    def status(self) -> int | None:
        return HTTP_FAULTS.get(self.name)


_NUMBERS = {"times": int, "share": float, "after": int, "interval_s": float, "retry_after_s": float}


def fault(words: str, **options: object) -> Fault:
    """`fault("rate_limit; retry_after_s=2; form=date")`: a name (or a status: "429") and parameters."""
    name, *rest = (part.strip() for part in words.split(";"))
    given: dict[str, object] = {}
    for part in rest:
        field, _, value = part.partition("=")
        given[field.strip()] = _NUMBERS.get(field.strip(), str)(value.strip())
    unknown = set(given) - {each.name for each in dataclasses.fields(Fault)}
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    return Fault(name=BY_STATUS.get(name, name), **(given | options))  # type: ignore[arg-type]  # checked by name above


def retry_headers(asked: Fault, now: datetime | None = None) -> dict[str, str]:
    """The headers that say when to come back, in the form that the fault asks for."""
    seconds = asked.retry_after_s
    if seconds is None or asked.form == "text":
        return {}
    if asked.form == "ms":
        return {"retry-after-ms": str(int(seconds * 1000))}
    moment = (now or datetime.now(UTC)) + timedelta(seconds=seconds)
    if asked.form == "date":
        return {"retry-after": format_datetime(moment, usegmt=True)}
    if asked.form == "reset":
        return {
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": f"{seconds:g}s",
            "anthropic-ratelimit-requests-reset": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    return {"retry-after": f"{seconds:g}"}


def retry_text(asked: Fault) -> str:
    if asked.retry_after_s is None or asked.form != "text":
        return ""
    return f" Please try again in {asked.retry_after_s:g}s."
