"""Why a 200 is no usable answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from providers.chat import Finish
from providers.failures.kinds import FailureKind
from providers.kinds.litellm.sight import Form, Sight
from providers.kinds.litellm.wires import Seen

# The form has no terminator, or its finish reason is one.
_WITHOUT_TERMINATOR = frozenset({"gemini", "responses", "ollama"})
_BROKEN_CALL = "MALFORMED_FUNCTION_CALL"
# What OpenRouter and others that pass answers on say where the one behind them broke.
_BROKE = frozenset({"error", "network_error"})


class OddPiece(ValueError):
    """A piece of a stream in a form that nobody knows."""


@dataclass(frozen=True, slots=True)
class Flaw:
    kind: FailureKind
    text: str


def flaw_of_ending(sight: Sight, *, terminator: bool) -> Flaw | None:
    """What is wrong with how the answer ended. `terminator`: whether the endpoint always sends
    one; where it may not, a finish reason and a body that came to its end make a whole answer."""
    if sight.malformed:
        return Flaw(FailureKind.MALFORMED_ANSWER, f"the answer is not JSON: {sight.malformed}")
    if sight.form is Form.OPAQUE:
        return None
    if not sight.body and sight.ended:
        return Flaw(FailureKind.EMPTY_ANSWER, "the answer has no body")
    over = sight.ended or sight.seen.done
    return _flaw_of_words(sight.seen, over=over, terminator=terminator) if sight.speaks else None


def _flaw_of_words(seen: Seen, *, over: bool, terminator: bool) -> Flaw | None:
    if seen.blocked:
        return Flaw(FailureKind.CONTENT_POLICY, f"the prompt was blocked: {seen.blocked}")
    if seen.finish == _BROKEN_CALL:
        return Flaw(FailureKind.MALFORMED_ANSWER, "the model wrote a call of a tool that cannot be read")
    if over and not seen.choices and not seen.finish:
        return Flaw(FailureKind.EMPTY_ANSWER, "the answer has no choices")
    if not seen.finish or seen.finish in _BROKE:
        ending = f"with the finish reason {seen.finish}" if seen.finish else "without a finish reason"
        return Flaw(FailureKind.TRUNCATED_STREAM, f"the answer ended {ending}")
    if terminator and not seen.done and seen.wire not in _WITHOUT_TERMINATOR:
        return Flaw(FailureKind.TRUNCATED_STREAM, "the stream ended without its terminator")
    return None


def flaw_of_content(*, finish: Finish, says_something: bool) -> Flaw | None:
    """What is wrong with an answer of which no text and no call of a tool came."""
    if says_something:
        return None
    if finish is Finish.CONTENT_FILTER:
        return Flaw(FailureKind.CONTENT_POLICY, "the answer was withheld by a content filter")
    if finish is Finish.LENGTH:
        return Flaw(FailureKind.OUTPUT_LIMIT, "the output limit was reached before any text")
    return Flaw(FailureKind.EMPTY_ANSWER, "the answer has no text and calls no tool")
