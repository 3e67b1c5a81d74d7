"""Tools in plain text, for agents on models without tool calls: a protocol turns actions into words and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tests.developers.conversation import Conversation


class TextTools(Protocol):
    """`tools` are name → JSON schema of the arguments, as a request with tools would have them."""

    tools: Mapping[str, Mapping[str, Any]]

    def written(self, calls: Sequence[tuple[str, dict[str, Any]]]) -> str:
        """The calls (name, arguments) as a model writes them."""
        ...


TextsOf = Callable[[Conversation], TextTools | None]


def no_texts(_: Conversation) -> TextTools | None:
    """The request asks for no calls in text."""
    return None
