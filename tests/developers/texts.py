"""Tools in plain text, for agents on models without tool calls: a protocol turns actions into words and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from providers.kinds.agent import textual
from providers.kinds.agent.tools.specs import schemas
from tests.developers.conversation import Conversation

_CUT_OFF = re.compile(r"cut off at the output limit", re.IGNORECASE)


class TextTools(Protocol):
    """`tools` are name → JSON schema of the arguments, as a request with tools would have them."""

    @property
    def tools(self) -> Mapping[str, Mapping[str, Any]]: ...

    def written(self, calls: Sequence[tuple[str, dict[str, Any]]]) -> str:
        """The calls (name, arguments) as a model writes them."""
        ...


TextsOf = Callable[[Conversation], TextTools | None]


@dataclass(frozen=True)
class AgentTexts:
    """The protocol of our own agent (`providers.kinds.agent.textual`)."""

    @property
    def tools(self) -> Mapping[str, Mapping[str, Any]]:
        return schemas()

    def written(self, calls: Sequence[tuple[str, dict[str, Any]]]) -> str:
        return "\n".join(textual.written(name, values) for name, values in calls)


def agent_texts(conversation: Conversation) -> TextTools | None:
    """None where the request asks for no calls in text."""
    return AgentTexts() if "@@call" in conversation.system else None


def wants_the_rest(conversation: Conversation) -> bool:
    """Whether the last message asks to go on with an answer that broke off."""
    return bool(conversation.later and conversation.last == "user" and _CUT_OFF.search(conversation.later[-1]))
