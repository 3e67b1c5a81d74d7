"""What a program's conversation was told by people and by earlier attempts, each thing once.

The journal has a step for each, with the id of the message in its answer: whoever resumes the conversation does not
tell it again, and a conversation that begins anew, which heard none of it, is told all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autodev.contracts.job import Job
from autodev.contracts.ports import Told
from autodev.lib import clock
from providers.kinds.agents import journal_prefix

EVERY_S = 2.0
EARLIER = "People said to this work, which holds:"
HEARD = "message:"  # the steps of all that the task heard (`autodev.contracts.ports.SteerPort`)


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message: its `id`, and `words` as the program is told them. `taken`: an earlier process took it, and may have
    told it right before it died."""

    id: str
    words: str
    taken: bool = False


class People:
    """Those who speak to one conversation of a worker; `join` says which. What it was told is written down behind the
    telling: where the process is killed between the two, the next one gives it again in the same words and with the
    same id, by which a program can know it. Every coroutine raises Fenced."""

    def __init__(self, job: Job, worker: str, *, now: Callable[[], float] = clock.monotonic) -> None:
        self._job = job
        self._worker = worker
        self._prefix = ""
        self._now = now
        self._next = now()
        self._known: set[str] = set()

    async def join(self, conversation: str) -> None:
        self._prefix = f"{journal_prefix(self._job, self._worker)}told:{_short(conversation)}:"
        steps = await self._job.ports.journal.answers(self._prefix)
        self._known = {key.removeprefix(self._prefix) for key in steps}

    async def begin(self, parts: Sequence[str]) -> str:
        """What people said so far, for the first message of a conversation, in which the `parts` stand too. Written
        down before it is told: what is never told has no conversation that could be resumed."""
        said = " ".join(" ".join(text.split()) for text in parts)
        earlier = await self._earlier()
        await self.told(*map(part, parts), *(one.id for one in earlier))
        lines = [f"- {one.by or 'A person'}: {one.text}" for one in earlier if " ".join(one.text.split()) not in said]
        return "\n\n" + "\n".join([EARLIER, *lines]) if lines else ""

    def knows(self, text: str) -> bool:
        """Whether the conversation has this part, word by word."""
        return not text or part(text) in self._known

    async def missed(self) -> list[Said]:
        """What the task heard so far and no step says that the conversation was told, in its order."""
        before = await self._job.ports.journal.answers(HEARD)
        return [_said(one, taken=f"{HEARD}{one.id}" in before) for one in await self._earlier()]

    async def words(self, *, at_once: bool = False) -> list[Said]:
        """What was said since, at most each EVERY_S seconds."""
        if not at_once and self._now() < self._next:
            return []
        self._next = self._now() + EVERY_S
        return [_said(one) for one in self._unheard(await self._job.ports.steer.messages())]

    async def told(self, *names: str) -> None:
        """Writes down that the conversation has it: ids of messages, and what `part` gives."""
        for name in names:
            self._known.add(name)
            title = f"{self._worker} was told"
            await self._job.ports.journal.record(f"{self._prefix}{name}", {"told": name}, title=title)

    async def _earlier(self) -> list[Told]:
        fresh = await self._job.ports.steer.messages()
        steps = await self._job.ports.journal.answers(HEARD)
        heard = {
            key.removeprefix(HEARD): Told(id=key.removeprefix(HEARD), text=one["text"], by=one.get("by") or "")
            for key, one in steps.items()
        }
        return self._unheard([*heard.values(), *(one for one in fresh if one.id not in heard)])

    def _unheard(self, rows: Iterable[Told]) -> list[Told]:
        return [one for one in rows if one.id not in self._known]


def part(text: str) -> str:
    """The name under which a text is known."""
    return f"part-{_short(text)}"


def _said(one: Told, *, taken: bool = False) -> Said:
    words = f"{one.by or 'A person'} says, while you work: {one.text}\n\nTake it into account and go on."
    return Said(id=one.id, words=words, taken=taken)


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
