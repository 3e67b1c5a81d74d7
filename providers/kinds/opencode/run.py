"""One run of OpenCode on a job: it is told what to do, watched, and judged at its end."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass, field

from autodev.contracts.job import JobResult
from autodev.contracts.program import Program
from autodev.contracts.transcript import Entry, EntryKind
from autodev.lib import aio, clock
from autodev.programs import find
from autodev.programs.opencode import NAME as PROGRAM
from autodev.programs.opencode import version
from providers.failures.signal import Signal
from providers.kinds.agents import journal_prefix
from providers.kinds.base import ProviderFailure
from providers.kinds.opencode.configuration import (
    INSIDE,
    PORT,
    PROVIDER,
    command,
    content,
    environment,
    mcp_servers,
)
from providers.kinds.opencode.ended import server_failure
from providers.kinds.opencode.events import Answer, Broken, Conversation, Flooded, Seen
from providers.kinds.opencode.http import Server, ServerFailed
from providers.kinds.opencode.limits import TokenLimits, limits_of
from providers.kinds.programs.brief import AGAIN, again_of, brief_of, parts_of
from providers.kinds.programs.failing import failure_of_run
from providers.kinds.programs.mcp import servers_of
from providers.kinds.programs.run import TURNS, ProgramRun
from providers.kinds.programs.session import GATEWAY_PORT, Gateway, Session, home_of, session, word_of
from providers.kinds.programs.told import part
from providers.kinds.programs.watch import used_up, watched
from providers.live.process import view

START_S = 90.0
ABORT_S = 3.0
# A model that asks for a longer pause is left: OpenCode would wait for it, however long.
PATIENCE_S = 20.0
# An answer that was cut off at the output limit ends OpenCode's turn without an error.
CONTINUATIONS = 2
GO_ON = "Your last answer was cut off because it was too long. Go on, in smaller pieces."


@dataclass
class OpenCodeRun(ProgramRun):
    broken: Broken | None = None
    answer: Answer | None = None
    cut: str = ""
    _password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _continued: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.servers = servers_of(self.target)
        self.word = word_of(self.job, self.target)

    async def go(self) -> JobResult:
        limits = await aio.in_caller(self._limits)
        await self.fill_purse()
        wall_s = self.watch.left_s

        def program(way: Gateway) -> Program:
            mcp = mcp_servers(self.servers)
            told = content(url=way.url, token=way.token, model=self.word, limits=limits, mcp=mcp)
            return Program(
                argv=command(),
                port=PORT,
                home=home_of(self.target),
                env=environment(told, password=self._password),
                layers={find(PROGRAM).folder: INSIDE},
                outlets={GATEWAY_PORT: way.path},
                wall_s=wall_s + 60,  # the watch comes first
            )

        async with session(self.job, program, wall_s=wall_s, purse=self.purse) as here:
            try:
                conversation = await self._talk(here)
            except (ServerFailed, Flooded) as error:
                await self.keep()
                raise server_failure(await here.stop(), f"{error}\n{here.errors}") from error
            except ProviderFailure:
                await self.keep()
                raise
        return await self._judged(conversation)

    def _limits(self) -> TokenLimits:
        workspace_id = self.job.workspace_id
        return limits_of(self.word, view(workspace_id)) if workspace_id is not None else TokenLimits()

    async def _talk(self, here: Session) -> Conversation:
        """The conversation, which is over; so is the program."""
        async with Server(here.running, password=self._password) as server:
            try:
                await server.listening(START_S)
                if (said := await server.version()) != version():
                    raise ProviderFailure("framework_error", f"It is OpenCode {said}, and {version()} is wanted.")
                return await self._converse(server)
            finally:
                await asyncio.shield(here.stop())

    async def _converse(self, server: Server) -> Conversation:
        name, again = await self._session(server)
        await self.people.join(name)
        words, heard = await (self._resumed(server, name) if again else self._first())
        conversation = Conversation(name)
        over_ = False
        try:
            await self._listen(server, conversation, words, heard)
            over_ = True
        except ProviderFailure as failure:
            limit = failure.details.get("limit")
            if limit == "retries":
                raise await self._failed(Broken(name="APIError", message=str(failure))) from failure
            if limit != "turns":
                raise
            self.cut = TURNS
        finally:
            if not over_:
                with contextlib.suppress(ServerFailed, TimeoutError):
                    async with asyncio.timeout(ABORT_S):
                        await server.abort(name)
        return conversation

    async def _session(self, server: Server) -> tuple[str, bool]:
        """(the session, whether it is gone on with): the one that an earlier process began where it is still there."""
        prefix = f"{journal_prefix(self.job, self.target.name)}session:{self.began.number}:"
        known = await self.job.ports.journal.answers(prefix)
        if known and await server.has_begun(name := str([*known.values()][-1]["id"])):
            return name, True
        name = await server.create_session(f"{self.job.key or self.job.kind}")
        await self.job.ports.journal.record(f"{prefix}{len(known) + 1}", {"id": name}, title=f"Session {name}")
        return name, False

    async def _first(self) -> tuple[str, list[str]]:
        """What a new session is told, all of which is written down already. Where an earlier one's home is gone, or it
        died before it was told a word, the files are what is left of it."""
        said = await self.people.begin(parts_of(self.job, self.context))
        words = f"{brief_of(self.job, self.context)}{said}"
        return f"{words}\n\n{AGAIN}" if self.began.again else words, []

    async def _resumed(self, server: Server, name: str) -> tuple[str, list[str]]:
        """What a session is told that is gone on with, and the names of what it then has. What it was told right before
        a kill, so that no step says so, is found in the session itself."""
        task, notes = parts = parts_of(self.job, self.context)
        missed, known = await self.people.missed(), self.people.knows
        told = await server.said(name) if any(one.taken for one in missed) else frozenset()
        words = [again_of(task="" if known(task) else task, notes="" if known(notes) else notes)]
        words += [one.words for one in missed if not any(one.words in text for text in told)]
        return "\n\n".join(words), [*(one.id for one in missed), *map(part, filter(None, parts))]

    async def _listen(self, server: Server, conversation: Conversation, words: str, heard: list[str]) -> None:
        async def look() -> None:
            await self._look(server, conversation.session)

        events = watched(server.events(), self.watch, cancel=self.job.ports.cancel, look=look)
        async with contextlib.aclosing(events):  # type: ignore[type-var] # it is a generator
            async for event in events:
                if event.get("type") == "server.connected":
                    await self._broken_servers(server)
                    await self._say(server, conversation.session, words)
                    await self.people.told(*heard)
                    continue
                seen = conversation.take(event, now_s=clock.utcnow().timestamp())
                await self._note(server, seen)
                if seen.idle and await self._is_over(server, conversation.session):
                    return

    async def _note(self, server: Server, seen: Seen) -> None:
        if seen.retry is not None:
            self.watch.retried(seen.retry.message)
            if seen.retry.wait_s > PATIENCE_S:
                raise await self._failed(Broken(name="APIError", message=seen.retry.message))
        elif seen.alive:
            self.watch.running(seen.running)
        if seen.answer is not None:
            self.watch.answered(empty=seen.answer.nothing)
            self.answer, self.broken = seen.answer, None
        if seen.broken is not None:
            self.broken = seen.broken
        if seen.asked:
            await server.reject(seen.asked)
        await self.transcript.add(*seen.entries, changed=seen.changed)

    async def _is_over(self, server: Server, name: str) -> bool:
        """Whether nothing more is to be expected of a turn that ended. Raises ProviderFailure where it broke."""
        if self.broken is not None:
            raise await self._failed(self.broken)
        if await self._tell(server, name, at_once=True):
            return False
        if self.answer is not None and self.answer.finish == "length":
            if self._continued >= CONTINUATIONS:
                raise ProviderFailure("output_limit", "Its answers were cut off at the output limit, again and again.")
            self._continued += 1
            await self._say(server, name, GO_ON)
            return False
        return not await server.busy(name)

    async def _broken_servers(self, server: Server) -> None:
        """Notes the MCP servers that did not start: the work goes on without them."""
        for name, why in (await server.mcp() if self.servers else {}).items():
            text = f"The MCP server {name} is not there: {why}"
            await self.transcript.add(Entry(kind=EntryKind.NOTE, text=text, ok=False, at=clock.utcnow().timestamp()))

    async def _look(self, server: Server, name: str) -> None:
        """Between events, and while none comes."""
        await self.transcript.tick()
        await self._tell(server, name, at_once=False)
        if self.purse.refused:
            self.watch.spent(self.purse.spent_usd)

    async def _tell(self, server: Server, name: str, *, at_once: bool) -> bool:
        """Whether somebody said something."""
        said = await self.people.words(at_once=at_once)
        for one in said:
            await self._say(server, name, one.words)
            await self.people.told(one.id)
        return bool(said)

    async def _say(self, server: Server, name: str, words: str) -> None:
        await server.prompt(name, words, provider=PROVIDER, model=self.word)
        self.watch.alive()

    async def _failed(self, broken: Broken) -> ProviderFailure:
        """An error of OpenCode's own words."""
        if self.purse.refused:
            return used_up(self.watch.bounds)
        text = f"{broken.name}: {broken.message}" if broken.name not in {"APIError", "UnknownError"} else broken.message
        signal = Signal(text=text, framework="opencode", http_status=broken.status)
        return failure_of_run(signal, await self.bill())

    async def _judged(self, conversation: Conversation) -> JobResult:
        await self.transcript.close()
        return await self.result(
            text=conversation.text, denied=conversation.denied, cut=self.cut, paid=await self.bill()
        )
