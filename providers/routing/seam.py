"""What a caller was given of an answer, and whether another provider's answer can go on with it without a seam."""

from __future__ import annotations

from dataclasses import dataclass, replace

from providers.chat import Delta


class SeamError(Exception):
    """The new answer is another one: nothing of it may follow what was given."""


@dataclass(slots=True)
class Given:
    """A stream that broke off is begun again with the next provider. Its pieces are swallowed as long as they repeat
    what the caller has, letter by letter; from there on they are given out. Tool calls cannot be gone on with: their
    ids differ."""

    text: str = ""
    reasoning: str = ""
    tool_calls: bool = False
    text_at: int = 0
    reasoning_at: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.text or self.reasoning or self.tool_calls)

    def restart(self) -> None:
        """The next answer begins. Raises SeamError where none could go on."""
        if self.tool_calls:
            raise SeamError
        self.text_at = self.reasoning_at = 0

    def admit(self, delta: Delta) -> Delta | None:
        """What of the piece is new to the caller; None where nothing is. Raises SeamError."""
        text, self.text, self.text_at = _beyond(self.text, self.text_at, delta.text)
        reasoning, self.reasoning, self.reasoning_at = _beyond(self.reasoning, self.reasoning_at, delta.reasoning)
        if text and self.reasoning_at < len(self.reasoning):
            raise SeamError
        if delta.tool_calls:
            self.reached()
        self.tool_calls = self.tool_calls or bool(delta.tool_calls)
        if text == delta.text and reasoning == delta.reasoning:
            return delta
        if not text and not reasoning and not delta.tool_calls and delta.finish is None and delta.usage is None:
            return None
        return replace(delta, text=text, reasoning=reasoning)

    def reached(self) -> None:
        """Raises SeamError where the present answer is shorter than what was given."""
        if self.behind:
            raise SeamError

    @property
    def behind(self) -> bool:
        """Whether the present answer has not yet come to the end of what was given."""
        return self.text_at < len(self.text) or self.reasoning_at < len(self.reasoning)


def _beyond(given: str, at: int, piece: str) -> tuple[str, str, int]:
    """The part of the piece that goes beyond `given`, the text given with it, and the new place in it."""
    if not piece:
        return "", given, at
    known = given[at : at + len(piece)]
    if not piece.startswith(known):
        raise SeamError
    new = piece[len(known) :]
    return new, given + new, at + len(piece)
