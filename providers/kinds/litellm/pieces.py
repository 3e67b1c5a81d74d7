"""The pieces of a stream: litellm's own, or those of OpenAI's client, where that is what litellm reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from providers.kinds.litellm.loading import Library


class Pieces:
    """An async iterator of chunks, which `close` leaves early.

    What litellm makes of a chunk of OpenAI's client takes longer than all else about a call. It adds nothing that is
    used here but `usage` in one form and the meaning of a finish reason, which are asked for once. All other providers,
    and a provider whose reasoning is to be merged into its text, are read through litellm."""

    def __init__(self, stream: Any, lib: Library) -> None:
        self._stream = stream
        self._lib = lib
        inner: Any = getattr(stream, "completion_stream", None)
        self._plain = isinstance(inner, lib.openai_stream) and not stream.merge_reasoning_content_in_choices
        self._chunks: AsyncIterator[Any] = inner if self._plain else stream

    async def next(self) -> Any:
        """The next chunk, None after the last one."""
        return await anext(self._chunks, None)

    def reason(self, said: str | None) -> str | None:
        """OpenAI's word for why it stopped."""
        return self._lib.finish_reason(said) if said and self._plain else said

    def usage(self, counted: Any) -> Any:
        """litellm's form of what the provider counted."""
        return self._lib.usage(**counted.model_dump()) if counted is not None and self._plain else counted

    async def close(self) -> None:
        """Ends the stream and its connection."""
        await self._stream.aclose()
