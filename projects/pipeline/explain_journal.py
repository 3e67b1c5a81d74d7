"""The journal of a question: what a model was paid for outlives the process that asked, like the steps of a task."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from autodev.lib import aio
from projects.engine.plain import plain
from projects.selectors.explained import Heard, heard_of
from projects.services.explain import explain_heard


class JournalOfQuestion:
    """Steps of one question; `begun` is the attempt to answer it, the fence. `commit` is the head that is read, and
    afterwards that from which the answer was read that is used."""

    def __init__(self, *, build_id: uuid.UUID, name: str, begun: int, commit: str) -> None:
        self.commit = commit
        self._build_id = build_id
        self._name = name
        self._begun = begun

    async def once(
        self, key: str, call: Callable[[], Awaitable[Any]], *, title: str | Callable[[Any], str] = "",
        kind: str = "call",
    ) -> Any:  # fmt: skip
        """As `JournalPort.once`. Raises Fenced where another attempt began meanwhile."""
        known = await self._heard()
        if key in known:
            self.commit = known[key].commit
            return known[key].answer
        answer = plain(await call())
        heard = Heard(answer=answer, commit=self.commit)
        await aio.in_caller(
            lambda: explain_heard(build_id=self._build_id, name=self._name, begun=self._begun, key=key, heard=heard)
        )
        return answer

    async def record(self, key: str, answer: Any, *, title: str = "", kind: str = "note") -> None:
        """Notes say what workers do with files; a question has none."""

    async def answers(self, prefix: str) -> Mapping[str, Any]:
        return {key: one.answer for key, one in (await self._heard()).items() if key.startswith(prefix)}

    async def _heard(self) -> dict[str, Heard]:
        return await aio.in_caller(lambda: heard_of(self._build_id, self._name))
