"""From an exception to a signal, without importing any provider's library: what is there is read by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from providers.failures.signal import CallFailed, Signal

LONGEST_CHAIN = 8
# litellm says "Connection error." and keeps the reason (refused, name, certificate) only in the chain of causes.
_REASONS = ("gaierror", "SSLCertVerificationError", "SSLError", "ConnectionRefusedError", "ConnectionResetError")


def signal_of(error: BaseException, framework: str = "") -> Signal:
    """What an exception shows: its text with that of the cause that explains it, and the status, headers, type and code
    that it or its body carries."""
    if isinstance(error, CallFailed):
        return error.signal
    chain = list(_chain(error))
    text = str(error) or repr(error)
    deeper = next((one for one in chain[1:] if type(one).__name__ in _REASONS and str(one) not in text), None)
    if deeper is not None:
        text = f"{text} ({type(deeper).__name__}: {deeper})"
    body = next((body for one in chain if (body := _body(one))), {})
    return Signal(
        text=text,
        framework=framework,
        http_status=next((status for one in chain if (status := _status(one)) is not None), None),
        headers=next((headers for one in chain if (headers := _headers(one))), {}),
        exception_class=f"{type(error).__module__}.{type(error).__qualname__}",
        error_type=_text(getattr(error, "type", None)) or _text(body.get("type")),
        error_code=_text(getattr(error, "code", None)) or _text(body.get("code")) or _text(body.get("status")),
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, then its causes, each once."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen and len(seen) < LONGEST_CHAIN:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _status(error: BaseException) -> int | None:
    for name in ("status_code", "api_error_status", "status", "http_status", "code"):
        value = getattr(error, name, None)
        if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
            return value
    value = getattr(getattr(error, "response", None), "status_code", None)
    return value if isinstance(value, int) else None


def _headers(error: BaseException) -> dict[str, str]:
    for holder in (error, getattr(error, "response", None)):
        for name in ("litellm_response_headers", "headers"):
            headers = getattr(holder, name, None)
            if headers is not None and hasattr(headers, "items"):
                found = {str(key).lower(): str(value) for key, value in headers.items()}
                if found:
                    return found
    return {}


def _body(error: BaseException) -> Mapping[str, Any]:
    """The `error` object of a body that the exception carries as such."""
    body = getattr(error, "body", None)
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, Mapping) else body


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 80 else ""
