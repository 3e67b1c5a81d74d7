"""What people say to a program while it works."""

from __future__ import annotations

from collections.abc import Callable

from autodev.contracts.job import Job
from autodev.lib import clock

EVERY_S = 2.0


class People:
    """Asked for at most each EVERY_S seconds."""

    def __init__(self, job: Job, *, now: Callable[[], float] = clock.monotonic) -> None:
        self._job = job
        self._now = now
        self._next = now()

    async def words(self, *, at_once: bool = False) -> list[str]:
        """What was said since, each as the program is told it. Raises Fenced."""
        if not at_once and self._now() < self._next:
            return []
        self._next = self._now() + EVERY_S
        return [
            f"{told.by or 'A person'} says, while you work: {told.text}\n\nTake it into account and go on."
            for told in await self._job.ports.steer.messages()
        ]
