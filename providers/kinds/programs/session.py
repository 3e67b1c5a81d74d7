"""A program at work on a job: in the sandbox, with a home that is kept and AutoDev's gateway as its only outlet."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import json
import re
import secrets
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from autodev.contracts.job import Job
from autodev.contracts.program import Program, RunningProgram
from autodev.lib import aio
from autodev.lib.db import own_connections
from autodev.sandbox import SandboxInstallFailed
from autodev.sandbox.sockets import short_name
from autodev.sandbox.types import SandboxResult, SandboxUnavailable
from providers.gateway.serving import gateway_of_job
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.kinds.programs.purse import Purse
from providers.routing.wiring import ports
from providers.services.job_tokens import job_token_create, job_tokens_revoke
from providers.targets import Target

# Where the gateway is inside.
GATEWAY_PORT = 4010
# Beyond what a run may take: the token must not end before it.
TOKEN_SPARE_S = 600.0
READY_S = 90.0


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """The way to models: `url` inside the sandbox, the token of this job, and the socket of the host behind it."""

    url: str
    token: str
    path: Path


@dataclass(frozen=True, kw_only=True)
class Session:
    running: RunningProgram

    async def stop(self) -> SandboxResult:
        """Ends everything inside; says how it ended and what it used."""
        return await self.running.stop()

    @property
    def errors(self) -> str:
        """The end of what it wrote to standard error."""
        return self.running.output()[1].strip()[-2000:]


def word_of(job: Job, target: Target) -> str:
    """The word that the program asks the gateway for; a chain without models means the default chain there."""
    return target.model or str(job.kind)


def home_of(target: Target) -> str:
    """The name of the program's home: no two providers have one between them, however alike they are called."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{target.kind}-{target.name}".lower())[:24].strip("-")
    told = json.dumps([target.kind, target.name]).encode()
    return f"{words or 'home'}-{hashlib.blake2b(told, digest_size=16).hexdigest()}"


def home_path(job: Job, target: Target) -> Path:
    """Where the program's home lies on the host. What is in it is the program's own doing."""
    return _folder(job) / home_of(target)


def _folder(job: Job) -> Path:
    return Path(settings.AUTODEV_DATA) / "agents" / job.task_id


@contextlib.asynccontextmanager
async def session(
    job: Job,
    program: Callable[[Gateway], Program],
    *,
    wall_s: float,
    ready_s: float = READY_S,
    purse: Purse | None = None,
) -> AsyncIterator[Session]:
    """The program, started and listening, for as long as the context lasts; afterwards nothing of it runs, and its
    token is worth nothing. `program` says what to start, with the gateway's socket among its outlets; the calls that it
    makes there are paid from `purse`. Raises NotForThisJob where there is no sandbox, ProviderFailure where the program
    does not start, Cancelled, Fenced."""
    async with gateway(job, wall_s=wall_s, purse=purse) as way:
        running = await _started(job, program(way))
        try:
            if not await running.ready(ready_s):
                raise await _did_not_start(running, ready_s)
            yield Session(running=running)
        finally:
            await asyncio.shield(running.stop())


@contextlib.asynccontextmanager
async def gateway(job: Job, *, wall_s: float, purse: Purse | None = None) -> AsyncIterator[Gateway]:
    """AutoDev's gateway on a socket for this job alone, and a token for it. Tokens that a killed worker left are worth
    nothing from then on. `purse` bounds what is spent there, beside the budgets that hold for everybody."""
    if job.workspace_id is None:
        raise NotForThisJob("the job belongs to no workspace")
    workspace_id, task_id = job.workspace_id, uuid.UUID(job.task_id)

    def fresh() -> str:
        job_tokens_revoke(task_id=task_id, up_to_epoch=job.epoch)
        return job_token_create(
            workspace_id=workspace_id, project_id=job.project_id, build_id=job.build_id, task_id=task_id,
            epoch=job.epoch, lifetime=dt.timedelta(seconds=wall_s + TOKEN_SPARE_S),
        )  # fmt: skip

    # Beside the homes of the task, which go when its build ends: so does what a killed worker leaves.
    folder = _folder(job)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"gateway-{secrets.token_hex(4)}.sock"
    token = await aio.in_caller(fresh)
    try:
        with short_name(path) as name:
            async with gateway_of_job(Path(name), ports=purse.ports(ports()) if purse is not None else None):
                yield Gateway(url=f"http://127.0.0.1:{GATEWAY_PORT}", token=token, path=path)
    finally:
        # In a thread of its own: where the job is cancelled, nobody waits for its coroutine any more, and the next
        # attempt may have begun by now.
        await asyncio.shield(asyncio.to_thread(_revoke, task_id, job.epoch))


def _revoke(task_id: uuid.UUID, epoch: int) -> None:
    with own_connections():
        job_tokens_revoke(task_id=task_id, up_to_epoch=epoch)


async def _started(job: Job, program: Program) -> RunningProgram:
    try:
        return await job.ports.programs.start(program)
    except SandboxUnavailable as error:
        raise NotForThisJob(str(error)) from error
    except (OSError, SandboxInstallFailed) as error:
        raise ProviderFailure("sandbox_error", str(error)) from error


async def _did_not_start(running: RunningProgram, ready_s: float) -> ProviderFailure:
    alive = running.alive
    result = await running.stop()
    said = "\n".join(part.strip()[-1000:] for part in (result.stderr, result.stdout) if part.strip())
    why = f"it did not listen within {ready_s:g} s" if alive else f"it ended at once: {result.reason or result.status}"
    kind = "sandbox_error" if result.status in ("setup_error", "not_run", "oom") else "framework_error"
    return ProviderFailure(kind, f"The program did not start: {why}. {said}".strip())
