"""A Signal of what broke: from the wire where it said something, else from litellm's exception."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from providers.failures.kinds import FailureKind
from providers.failures.signal import CallFailed, Signal
from providers.kinds.litellm.flaws import Flaw, OddPiece, flaw_of_ending
from providers.kinds.litellm.request import framework_of
from providers.kinds.litellm.sight import Form, Sight
from providers.targets import Key, Target

_TEXT_LIMIT = 4000
# Where an object lies in memory is nothing that the provider said.
_ADDRESSES = re.compile(r" ssl:(<[^>]*>|\w+)| at 0x[0-9a-f]+")
_SECRETS = re.compile(r"(sk-[\w-]{4,}|AIza[\w-]{10,}|(?<=Bearer )[\w.~+/-]{8,}|(?<=key=)[\w-]{8,})")


class Signals:
    """Makes the Signals of one call; the call's key is struck out of every text."""

    def __init__(self, target: Target, key: Key | None, sight: Sight) -> None:
        self._framework = framework_of(target)
        self._key = key.secret.value if key else ""
        self._sight = sight

    def flawed(self, flaw: Flaw) -> CallFailed:
        return CallFailed(self._signal(text=flaw.text, error_type=flaw.kind, exception_class=""))

    def raised(self, error: Exception) -> CallFailed:
        """The wire's own words first: an error object, a status, a broken connection, a body that is no answer."""
        sight = self._sight
        named = _named(error)
        if sight.unusable or isinstance(error, OddPiece):
            return self.flawed(Flaw(FailureKind.MALFORMED_ANSWER, sight.unusable or str(error)))
        if sight.seen.error is not None:
            return CallFailed(self._of_error(sight.seen.error))
        if sight.status is not None and sight.status >= 300:
            return CallFailed(self._of_status(named))
        if sight.broke is not None:
            return CallFailed(self._of_connection(sight.broke))
        flaw = flaw_of_ending(sight, terminator=False) or _nothing_in_it(sight) if sight.status is not None else None
        if flaw is not None:
            return self.flawed(flaw)
        return CallFailed(self._signal(text=_own_words(error), exception_class=named, framework="litellm"))

    def _of_error(self, error: Mapping[str, Any]) -> Signal:
        """litellm's class says nothing here: it makes a BadRequestError of an error event without a status."""
        kind, code, text = _parts(error)
        said = int(code) if code.isdigit() and 400 <= int(code) < 600 else None
        status = self._sight.status if self._sight.status and self._sight.status >= 400 else None
        return self._signal(text=text, error_type=kind, error_code=code, exception_class="", status=said or status)

    def _of_status(self, named: str) -> Signal:
        raw = bytes(self._sight.body).decode(errors="replace")
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        body = body[0] if isinstance(body, list) and body else body
        error = body.get("error", body) if isinstance(body, dict) else None
        kind, code, text = _parts(error) if isinstance(error, dict) else ("", "", str(error or ""))
        status = self._sight.status
        return self._signal(
            text=text or raw or f"HTTP {status}", error_type=kind, error_code=code, exception_class=named, status=status
        )

    def _of_connection(self, broke: Exception) -> Signal:
        """A stream that broke after its headers is cut; before them, or when it was silent for too long, it is the
        connection that failed."""
        cut = self._sight.form in {Form.EVENTS, Form.LINES} and "Timeout" not in type(broke).__name__
        return self._signal(
            text=str(broke) or type(broke).__name__,
            error_type=FailureKind.TRUNCATED_STREAM if cut else "",
            error_code=_errno(broke),
            exception_class=_named(broke),
        )

    def _signal(
        self,
        *,
        text: str,
        exception_class: str,
        error_type: str = "",
        error_code: str = "",
        status: int | None = None,
        framework: str = "",
    ) -> Signal:
        return Signal(
            text=self._clean(text),
            framework=framework or self._framework,
            http_status=status,
            headers={name: self._clean(value) for name, value in self._sight.headers.items()},
            exception_class=exception_class,
            error_type=error_type,
            error_code=error_code,
        )

    def _clean(self, text: str) -> str:
        if len(self._key) >= 6:
            text = text.replace(self._key, "…")
        return _SECRETS.sub("…", _ADDRESSES.sub("", text[: 2 * _TEXT_LIMIT]))[:_TEXT_LIMIT]


def _nothing_in_it(sight: Sight) -> Flaw | None:
    """An answer that ended well without a choice, which some of litellm's forms raise an error for."""
    empty = sight.speaks and sight.ended and not sight.seen.choices
    return Flaw(FailureKind.EMPTY_ANSWER, "the answer has no choices") if empty else None


def no_key(target: Target) -> CallFailed:
    text = f"provider {target.name} needs a key and has none"
    return CallFailed(Signal(text=text, framework="litellm", error_type=FailureKind.AUTHENTICATION))


def _parts(error: Mapping[str, Any]) -> tuple[str, str, str]:
    """Type, code and message, wherever the provider puts them (Google calls the type `status`)."""
    kind = error.get("type") or error.get("status") or ""
    code = error.get("code")
    message = error.get("message") or error.get("detail") or json.dumps(error)
    return str(kind), "" if code is None else str(code), str(message)


def _own_words(error: Exception) -> str:
    """Without the traceback and the invitation to report a bug that litellm writes behind them."""
    return str(error).partition("\nTraceback (most recent call last)")[0].partition("\nThis looks like a bug")[0]


def _named(error: BaseException) -> str:
    """The class by the name it is known by: httpx keeps its classes in private modules, litellm wraps."""
    kind = type(error)
    if kind.__module__.startswith("providers.") and error.__cause__ is not None:
        return _named(error.__cause__)
    module = "httpx" if kind.__module__.startswith("httpx") else kind.__module__
    return f"{module}.{kind.__qualname__}"


def _errno(error: BaseException) -> str:
    for one in _chain(error):
        if isinstance(one, OSError) and one.errno:
            return errno.errorcode.get(one.errno, "")
    return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
