"""One run of the program on a job: it is told what to do, watched, and judged at its end."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from claude_agent_sdk import (
    ClaudeAgentOptions,
    ClaudeSDKClient,
    ClaudeSDKError,
    CLIConnectionError,
    Message,
    ResultMessage,
)

from autodev.contracts.job import JobResult
from autodev.contracts.program import Program
from autodev.lib import clock
from autodev.programs.claude import find
from autodev.sandbox import python_toolchain, stdio
from autodev.sandbox.config import load
from providers.failures.signal import Signal
from providers.kinds.base import ProviderFailure
from providers.kinds.claude_agent.adapter import INSIDE
from providers.kinds.claude_agent.events import Conversation, Seen
from providers.kinds.claude_agent.kept import has
from providers.kinds.claude_agent.options import command_of, environment, mcp_servers, options_of
from providers.kinds.claude_agent.transport import SandboxTransport
from providers.kinds.programs.begun import renewed
from providers.kinds.programs.brief import AGAIN, again_of, brief_of, parts_of
from providers.kinds.programs.failing import failure_of_run
from providers.kinds.programs.mcp import servers_of
from providers.kinds.programs.money import Bill
from providers.kinds.programs.run import TURNS, ProgramRun
from providers.kinds.programs.session import GATEWAY_PORT, Gateway, Session, home_of, home_path, session, word_of
from providers.kinds.programs.told import Said, part
from providers.kinds.programs.watch import used_up, watched

PORT = 4011
# What the program says of a conversation that it does not have.
UNKNOWN = "No conversation found"
USED = "already in use"


class _NoConversation(Exception):
    """The session that was to be gone on with is not there."""


@dataclass
class ClaudeRun(ProgramRun):
    conversation: Conversation = field(default_factory=Conversation)
    asked: set[str] = field(default_factory=set)

    async def go(self) -> JobResult:
        again = self.began.again
        mcp = mcp_servers(servers_of(self.target))
        await self.fill_purse()
        try:
            return await self._once(mcp, restarted=again)
        except _NoConversation:
            # Its home is gone, or it died before it wrote a word: the files are what is left of it.
            self.began = await renewed(self.job, self.target.name, self.began)
            self.asked.clear()
            return await self._once(mcp, restarted=again)

    async def _once(self, mcp: dict[str, Any], *, restarted: bool) -> JobResult:
        word = word_of(self.job, self.target)
        name, again = self.began.session, self.began.again
        await self.people.join(name)
        options = options_of(
            word=word, session=name, again=again, turns=self.watch.bounds.turns, program=INSIDE, mcp=mcp,
        )  # fmt: skip
        wall_s = self.watch.left_s

        def program(way: Gateway) -> Program:
            return self._program(options, way, word, wall_s)

        async with session(self.job, program, wall_s=wall_s, purse=self.purse) as here:
            try:
                result = await self._talk(here, options, restarted=restarted)
            except ClaudeSDKError as error:
                await self.keep()
                raise await self._broken(here, error) from error
            except ProviderFailure:
                await self.keep()
                raise
        return await self._judged(result)

    def _program(self, options: ClaudeAgentOptions, way: Gateway, word: str, wall_s: float) -> Program:
        python = python_toolchain(load().data_dir).program
        argv, files = stdio.behind(command_of(options), port=PORT, python=python)
        return Program(
            argv=argv,
            files=files,
            port=PORT,
            home=home_of(self.target),
            env=environment(url=way.url, token=way.token, word=word, output_tokens=self.target.max_output_tokens),
            layers={find().program: INSIDE},
            outlets={GATEWAY_PORT: way.path},
            wall_s=wall_s + 60,  # the watch comes first
        )

    async def _talk(self, here: Session, options: ClaudeAgentOptions, *, restarted: bool) -> ResultMessage:
        client = ClaudeSDKClient(options, transport=SandboxTransport(here.running))
        try:
            await _connect(client)
            await (self._resume(client) if self.began.again else self._begin(client, restarted=restarted))
            return await self._listen(client)
        finally:
            # Nothing of it may run on, and its own way out takes five seconds.
            await asyncio.shield(here.stop())
            await client.disconnect()

    async def _begin(self, client: ClaudeSDKClient, *, restarted: bool) -> None:
        said = await self.people.begin(parts_of(self.job, self.context))
        words = f"{brief_of(self.job, self.context)}{said}"
        await self._say(client, f"{words}\n\n{AGAIN}" if restarted else words)

    async def _resume(self, client: ClaudeSDKClient) -> None:
        """What it was told right before a kill, so that no step says so, is found in what it keeps itself."""
        task, notes = parts = parts_of(self.job, self.context)
        missed, known, home = await self.people.missed(), self.people.knows, home_path(self.job, self.target)
        await self._say(client, again_of(task="" if known(task) else task, notes="" if known(notes) else notes))
        for one in missed:
            name = self._name_of(one)
            if not (one.taken and await asyncio.to_thread(has, home, self.began.session, one, name)):
                await self._say(client, one.words, name=name)
        await self.people.told(*(one.id for one in missed), *map(part, filter(None, parts)))

    async def _listen(self, client: ClaudeSDKClient) -> ResultMessage:
        async def look() -> None:
            await self._look(client)

        last: ResultMessage | None = None
        messages = watched(client.receive_messages(), self.watch, cancel=self.job.ports.cancel, look=look)
        async for message in messages:
            seen = await self._note(message)
            if seen.result is None:
                continue
            last = seen.result
            self.asked -= set(last.user_message_uuids or self.asked)
            await self._tell(client, at_once=not last.is_error)
            if last.is_error or not self.asked:
                break
        await messages.aclose()  # type: ignore[attr-defined] # it is a generator
        if last is None:
            raise ClaudeSDKError("The program ended without a result.")
        return last

    async def _note(self, message: Message) -> Seen:
        seen = self.conversation.take(message, now_s=clock.utcnow().timestamp())
        if seen.retry:
            self.watch.retried(seen.retry)
        else:
            self.watch.running(seen.running)
        if seen.answered:
            self.watch.answered(empty=False)
        await self.transcript.add(*seen.entries, changed=seen.changed)
        return seen

    async def _look(self, client: ClaudeSDKClient) -> None:
        """Between messages, and while none comes."""
        await self.transcript.tick()
        await self._tell(client, at_once=False)
        if self.purse.refused:
            self.watch.spent(self.purse.spent_usd)

    async def _tell(self, client: ClaudeSDKClient, *, at_once: bool) -> None:
        for said in await self.people.words(at_once=at_once):
            await self._say(client, said.words, name=self._name_of(said))
            await self.people.told(said.id)

    def _name_of(self, said: Said) -> str:
        """The id of a message in this conversation."""
        return str(uuid.uuid5(uuid.UUID(self.began.session), said.id))

    async def _say(self, client: ClaudeSDKClient, words: str, *, name: str = "") -> None:
        """It is not over before this was answered."""
        name = name or str(uuid.uuid4())

        async def one() -> AsyncIterator[dict[str, object]]:
            content = {"role": "user", "content": words}
            yield {"type": "user", "uuid": name, "message": content, "parent_tool_use_id": None}

        self.asked.add(name)
        await client.query(one())
        self.watch.alive()

    async def _broken(self, here: Session, error: ClaudeSDKError) -> ProviderFailure | _NoConversation:
        """The program ended without a result of its own; why stands in its errors, if anywhere."""
        ended = await here.stop()
        said = f"{error}\n{here.errors}".strip()
        if UNKNOWN in said or USED in said:
            return _NoConversation(said)
        if ended.lost:
            return ProviderFailure("sandbox_error", ended.reason)
        if ended.status in ("oom", "timeout", "cpu_limit", "pids", "output_limit"):
            return ProviderFailure("sandbox_error", f"The sandbox ended it: {ended.reason}")
        if ended.status == "killed" and "cancelled" not in ended.reason:
            return ProviderFailure("code_error", f"The sandbox ended it: {ended.reason}")
        return ProviderFailure("framework_error", said[-1000:])

    async def _judged(self, result: ResultMessage) -> JobResult:
        await self.transcript.close()
        paid = await self.bill()
        text = (result.result or "").strip()
        cut = result.subtype == "error_max_turns"
        if result.is_error and not cut:
            if self.purse.refused:
                raise used_up(self.watch.bounds)
            raise self._failed(result, text, paid)
        return await self.result(text=text, denied=self.conversation.denied, cut=TURNS if cut else "", paid=paid)

    def _failed(self, result: ResultMessage, text: str, paid: Bill) -> Exception:
        said = text or "; ".join(result.errors or ()) or result.subtype
        if UNKNOWN in said:
            return _NoConversation(said)
        signal = Signal(
            text=said, framework="claude", http_status=result.api_error_status, error_type=self.conversation.error
        )
        return failure_of_run(signal, paid)


async def _connect(client: ClaudeSDKClient) -> None:
    """Raises ClaudeSDKError, also for what the SDK raises as a bare Exception."""
    try:
        await client.connect()
    except ClaudeSDKError:
        raise
    except Exception as error:
        raise CLIConnectionError(str(error)) from error
