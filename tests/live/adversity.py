"""Worker processes that call providers through all of the real parts but the provider itself, and write down what their
callers got."""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection, connections

from providers import ledger
from providers.chat import ChatRequest, Completion, Delta, Finish, TokenUsage
from providers.failures.signal import CallFailed, Signal
from providers.live import process
from providers.routing import background, wiring
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from providers.routing.need import Need
from providers.targets import Key, Target
from tests.live.processes import Say

REQUEST = ChatRequest(messages=({"role": "user", "content": "Say something."},), max_output_tokens=50)
AT_ONCE = 6


class Notes:
    """Lines that outlive their writer: each one is a single write to a file that is only ever appended to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, **line: Any) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, (json.dumps({"at": time.monotonic(), "pid": os.getpid(), **line}) + "\n").encode())
        finally:
            os.close(file)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._path.read_text().splitlines()] if self._path.exists() else []


class Upstream:
    """`dead` is a folder: whose name stands in it is down, for all processes at once."""

    name = "litellm"

    def __init__(self, dead: Path, notes: Notes) -> None:
        self._dead, self._notes = dead, notes

    async def complete(self, request: ChatRequest, target: Target, key: Key | None) -> Completion:
        text = "".join([delta.text async for delta in self.stream(request, target, key)])
        return Completion(text=text, finish=Finish.STOP, usage=TokenUsage(), model=target.model)

    async def stream(self, request: ChatRequest, target: Target, key: Key | None) -> AsyncIterator[Delta]:
        self._notes.add(asked=target.name)
        await asyncio.sleep(0.02)
        if (self._dead / target.name).exists():
            raise CallFailed(Signal(text="Service Unavailable", http_status=503))
        yield Delta(text="An answer ", model=target.model)
        await asyncio.sleep(0.02)
        if (self._dead / f"{target.name}-breaks").exists():
            raise CallFailed(Signal(text="Service Unavailable", http_status=503))
        yield Delta(text=f"of {target.name}.")
        yield Delta(finish=Finish.STOP, usage=TokenUsage(input_tokens=20, output_tokens=10))

    async def probe(self, target: Target, key: Key | None) -> None:
        if (self._dead / target.name).exists():
            raise CallFailed(Signal(text="Service Unavailable", http_status=503))


def work(say: Say, workspace_id: uuid.UUID, folder: Path) -> None:
    """Asks until the file `stop` is there, some at a time."""
    answers, upstream = Notes(folder / "answers"), Upstream(folder, Notes(folder / "asked"))
    process.probe_with(lambda _: upstream, record=ledger.probe)

    async def asks() -> None:
        ports = replace(wiring.ports(), kind=lambda _: upstream, speaks=lambda _: True, fault=None, cache=None)
        while not (folder / "stop").exists():
            began = time.monotonic()
            try:
                answer = await complete(REQUEST, Need(workspace_id=workspace_id, deadline_s=30), ports=ports)
            except NoAnswer as error:
                answers.add(nobody=str(error), took_s=time.monotonic() - began)
            else:
                answers.add(
                    request=str(answer.request_id), text=answer.completion.text, by=answer.provider,
                    calls=len(answer.calls), took_s=time.monotonic() - began,
                )  # fmt: skip
            await asyncio.sleep(0.03)

    async def crowd() -> None:
        say("ready")
        await asyncio.gather(*(asks() for _ in range(AT_ONCE)))
        await background.finished()

    asyncio.run(crowd())
    process.stop()
    connections.close_all()


@contextmanager
def database_away() -> Iterator[None]:
    """PostgreSQL refuses connections and has ended all that there were; SQLite's file is held by somebody else."""
    if connection.vendor == "sqlite":
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("BEGIN EXCLUSIVE")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
        return
    given = connection.get_connection_params()
    name = settings.DATABASES["default"]["NAME"]
    connections.close_all()
    place = {one: given[one] for one in ("host", "port", "user", "password") if given.get(one)}
    with psycopg.connect(**place, dbname="postgres", autocommit=True) as other:
        other.execute(psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(psycopg.sql.Identifier(name)))
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            other.execute(
                psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(psycopg.sql.Identifier(name))
            )
