"""LiteLLMKind: every provider that litellm reaches, one attempt a call."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

from autodev.lib.plain import storable
from providers.chat import ChatRequest, Completion, Delta, Finish
from providers.kinds.litellm.answers import completion_of, delta_of, finish_of, usage_of, without_repeats
from providers.kinds.litellm.flaws import flaw_of_content, flaw_of_ending
from providers.kinds.litellm.loading import Library, library, loaded
from providers.kinds.litellm.pieces import Pieces
from providers.kinds.litellm.request import arguments
from providers.kinds.litellm.sight import Form, Sight, current
from providers.kinds.litellm.signals import Signals, no_key
from providers.targets import Key, Target

_PROBE = ChatRequest(messages=({"role": "user", "content": "Say ok."},), max_output_tokens=16)


class LiteLLMKind:
    """`target.params` may hold whatever `litellm.acompletion` takes, and `terminator: true` for an endpoint whose
    streams always end with one, so that one without it counts as cut off though it has its finish reason."""

    name = "litellm"

    async def prepare(self) -> None:
        """Waits for litellm to be imported: that time is no provider's silence."""
        await library()

    async def complete(self, request: ChatRequest, target: Target, key: Key | None) -> Completion:
        return await _Call(request, target, key).complete()

    async def stream(self, request: ChatRequest, target: Target, key: Key | None) -> AsyncGenerator[Delta, None]:
        call = _Call(request, target, key)
        try:
            async for delta in call.stream():
                yield delta
        finally:
            await call.close()

    async def probe(self, target: Target, key: Key | None) -> None:
        """A question of a few tokens. An answer that the output limit cut off before its first word is one too."""
        await _Call(_PROBE, target, key).complete(wordless=frozenset({Finish.LENGTH}))

    async def close(self) -> None:
        """Closes the connections that are kept, of all event loops. Calls after it open new ones."""
        if not loaded():
            return
        module = (await library()).module
        await module.close_litellm_async_clients()
        module.in_memory_llm_clients_cache.flush_cache()


class _Call:
    """One attempt."""

    def __init__(self, request: ChatRequest, target: Target, key: Key | None) -> None:
        if key is None and target.needs_key:
            raise no_key(target)
        self._request, self._target, self._key = request, target, key
        self._sight = Sight(connect_s=target.deadlines.connect_s)
        self._signals = Signals(target, key, self._sight)
        self._pieces: Pieces | None = None

    async def complete(self, *, wordless: frozenset[Finish] = frozenset()) -> Completion:
        lib = await library()
        try:
            with _watched(lib, self._sight):
                response = await lib.module.acompletion(**self._arguments(lib, stream=False))
        except Exception as error:
            raise self._signals.raised(error) from error
        if self._sight.seen.error is not None:
            raise self._signals.raised(RuntimeError("the answer is an error"))
        self._check_ending(terminator=False)
        if not response.choices:
            self._check_content(Finish.STOP, says_something=False)
        completion = completion_of(response, self._sight, self._request)
        if completion.finish not in wordless:
            self._check_content(
                completion.finish, says_something=bool(completion.text.strip() or completion.tool_calls)
            )
        return completion

    async def stream(self) -> AsyncIterator[Delta]:
        """The last delta is held back until the body has come to its end and was found whole."""
        lib = await library()
        written: list[str] = []
        whole_calls: set[int] = set()
        says_something, tools, reason, usage = False, False, None, None
        try:
            with _watched(lib, self._sight):
                stream = await lib.module.acompletion(**self._arguments(lib, stream=True))
            _keep_no_books(stream)
            self._pieces = pieces = Pieces(stream, lib)
            while True:
                with _watched(lib, self._sight):
                    chunk = await pieces.next()
                if chunk is None:
                    break
                usage = getattr(chunk, "usage", None) or usage
                delta, finish = delta_of(chunk)
                if self._sight.form is Form.WHOLE and delta.tool_calls:
                    delta = without_repeats(delta, whole_calls)
                reason = finish or reason
                tools = tools or bool(delta.tool_calls)
                says_something = says_something or tools or bool(delta.text.strip())
                if delta.text or delta.reasoning or delta.tool_calls:
                    # Who speaks is known from the first piece on.
                    delta = delta if written else replace(delta, model=storable(str(self._sight.seen.model)))
                    written += (delta.reasoning, delta.text, *(call.arguments for call in delta.tool_calls))
                    yield delta
        except Exception as error:
            raise self._signals.raised(error) from error
        if self._sight.broke is not None or self._sight.seen.error is not None:
            raise self._signals.raised(self._sight.broke or RuntimeError("the stream ended with an error"))
        self._check_ending(terminator=bool(self._target.params.get("terminator", False)))
        last = finish_of(pieces.reason(reason), tools=tools)
        self._check_content(last, says_something=says_something)
        counted = usage_of(pieces.usage(usage), self._sight, self._request, "".join(written))
        yield Delta(finish=last, usage=counted, model=storable(str(self._sight.seen.model)))

    async def close(self) -> None:
        """Ends what is still open. What is read to its end goes back to the pool."""
        if self._pieces is not None and not self._sight.ended:
            with contextlib.suppress(Exception):
                await self._pieces.close()
            await self._sight.drop()

    def _arguments(self, lib: Library, *, stream: bool) -> dict[str, Any]:
        return arguments(self._request, self._target, self._key, stream=stream, machinery=lib.machinery)

    def _check_ending(self, *, terminator: bool) -> None:
        if flaw := flaw_of_ending(self._sight, terminator=terminator):
            raise self._signals.flawed(flaw)

    def _check_content(self, finish: Finish, *, says_something: bool) -> None:
        if flaw := flaw_of_content(finish=finish, says_something=says_something):
            raise self._signals.flawed(flaw)


def _keep_no_books(pieces: Any) -> None:
    """A stream's end would start litellm's bookkeeping in tasks that outlive the call."""
    if books := getattr(pieces, "logging_obj", None):
        books.dispatch_success_handlers = books.dispatch_failure_handlers = _nothing


async def _nothing(*_: object, **__: object) -> None:
    return None


@contextlib.contextmanager
def _watched(lib: Library, sight: Sight) -> Iterator[None]:
    """The transport notes into `sight`, and litellm keeps no books, while a part of this call runs."""
    seen, books = current.set(sight), lib.bookkeeping_off.set(True)
    try:
        yield
    finally:
        lib.bookkeeping_off.reset(books)
        current.reset(seen)
