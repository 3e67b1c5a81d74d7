"""Where a program's work on a job began, kept in the journal so that a worker that comes later goes on from there."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any

from autodev.contracts.job import Job
from autodev.lib import aio, clock
from providers.kinds.agents import journal_prefix
from providers.kinds.programs.finish import fingerprints


@dataclass(frozen=True, kw_only=True)
class Begun:
    """`session` is a fresh UUID, for programs that let their caller choose. `files` are the fingerprints of then,
    `since` the time. `again`: an earlier process began it, and it is not over."""

    number: int
    session: str
    since: dt.datetime
    files: dict[str, str]
    again: bool


async def begun(job: Job, worker: str) -> Begun:
    """The conversation that is not over, else a new one. Raises Fenced."""
    prefix = journal_prefix(job, worker)
    number = len(await job.ports.journal.answers(f"{prefix}over:")) + 1
    key = f"{prefix}start:{number}"
    again = key in await job.ports.journal.answers(key)

    async def start() -> dict[str, Any]:
        files = await aio.in_caller(lambda: fingerprints(job.ports.workspace))
        return {"session": str(uuid.uuid4()), "since": clock.utcnow().isoformat(), "files": files}

    told = await job.ports.journal.once(key, start, title=f"{worker} begins", kind="note")
    later = await job.ports.journal.answers(f"{prefix}renewed:{number}:")
    return Begun(
        number=number, session=[told, *later.values()][-1]["session"], since=dt.datetime.fromisoformat(told["since"]),
        files=told["files"], again=again,
    )  # fmt: skip


async def renewed(job: Job, worker: str, began: Begun) -> Begun:
    """With another session, as the one that was begun is not there any more. Raises Fenced."""
    prefix = f"{journal_prefix(job, worker)}renewed:{began.number}:"
    number, session = len(await job.ports.journal.answers(prefix)) + 1, str(uuid.uuid4())
    await job.ports.journal.record(f"{prefix}{number}", {"session": session}, title=f"{worker} begins another session")
    return replace(began, session=session, again=False)


async def over(job: Job, worker: str, began: Begun, why: str) -> None:
    """The conversation is not gone on with: who does the job next begins a new one. Raises Fenced."""
    key = f"{journal_prefix(job, worker)}over:{began.number}"
    await job.ports.journal.record(key, {"why": why[:500]}, title=f"{worker} begins anew: {why}"[:200], kind="note")
