"""The SDK's transport over a socket, and what its messages mean."""

from __future__ import annotations

import itertools
import json
import socket
import threading

import pytest
from claude_agent_sdk import (
    AssistantMessage,
    ClaudeSDKError,
    CLIConnectionError,
    CLIJSONDecodeError,
    ProcessError,
    ResultMessage,
    SystemMessage,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from autodev.sandbox.types import SandboxResult
from providers.kinds.base import ProviderFailure
from providers.kinds.claude_agent import events, transport
from providers.kinds.claude_agent.events import Conversation
from providers.kinds.claude_agent.options import command_of, environment, mcp_servers, options_of
from providers.kinds.claude_agent.transport import SandboxTransport
from providers.kinds.programs.mcp import servers_of
from tests.routing.fakes import target


class Program:
    """A program at the other end of a socket."""

    def __init__(self, *lines: bytes, code: int | None = 0) -> None:
        self._ours, self.theirs = socket.socketpair()
        self.alive = True
        self._code = code

        def speak() -> None:
            for line in lines:
                self.theirs.sendall(line)
            self.theirs.shutdown(socket.SHUT_WR)
            self.alive = False

        threading.Thread(target=speak, daemon=True).start()

    def connect(self, timeout_s: float = 5.0) -> socket.socket:
        return self._ours

    async def ready(self, timeout_s: float) -> bool:
        return True

    def output(self) -> tuple[str, str]:
        return "", "why it ended"

    async def stop(self) -> SandboxResult:
        return SandboxResult(status="ok", exit_code=self._code, stderr="why it ended", reason="exit")


async def told(program: Program) -> list[dict[str, object]]:
    way = SandboxTransport(program)
    await way.connect()
    assert way.is_ready()
    return [message async for message in way.read_messages()]


async def test_messages_are_lines_however_long() -> None:
    """Two megabytes are twice what the SDK's own transport takes."""
    long = b'{"type": "long", "text": "' + b"x" * (2 << 20) + b'"}\n'
    found = await told(Program(b"[SandboxDebug] words\n", b'{"type": "one"}\n', b"\n", long, b'{"type": "cut of'))
    assert [one["type"] for one in found] == ["one", "long"]


async def test_a_broken_line_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in (b"{not json\n", b'{"a": ' + b"[" * 100_000 + b"\n", b'{"a": ' + b"1" * 10_000 + b"}\n"):
        with pytest.raises(CLIJSONDecodeError):
            await told(Program(line))
    monkeypatch.setattr(transport, "LINE_LIMIT", 100)
    with pytest.raises(CLIJSONDecodeError):
        await told(Program(b'{"type": "' + b"x" * 1000 + b'"}\n'))


async def test_a_large_message_is_handed_on_without_what_nobody_reads() -> None:
    """The SDK holds a hundred of them: what is left is a quarter of a megabyte of text, with all names and ids."""
    block = {"type": "tool_result", "content": "x" * 3_000_000, "tool_use_id": "c"}
    message = {
        "type": "user", "message": {"content": [block]}, "tool_use_result": {"originalFile": "y" * 3_000_000},
        "uuid": "u",
    }  # fmt: skip
    (found,) = await told(Program(json.dumps(message).encode() + b"\n"))
    assert len(json.dumps(found)) < 300_000
    assert (found["type"], found["uuid"]) == ("user", "u")
    kept = found["message"]["content"][0]  # type: ignore[index]
    assert (kept["tool_use_id"], set(kept["content"])) == ("c", {"x"})


@pytest.mark.parametrize("part", [
    b'"x": [' + b"[]," * 400_000 + b"1]", b'"x": "' + b'\\"' * 400_000, b'"x": [' + b'"ab",' * 150_000 + b"1]",
    b",".join(b'"%d": 1' % number for number in range(9_000)) + b', "t": "' + b"x" * 300_000 + b'"',
    b'"x": {' + b",".join(b'"%0200d": 1' % number for number in range(2_000)) + b"}",
])  # fmt: skip
async def test_a_line_of_too_many_values_is_not_read(part: bytes) -> None:
    """A megabyte of them takes fifty in memory."""
    with pytest.raises(CLIJSONDecodeError):
        await told(Program(b'{"type": "user", ' + part + b"}\n"))


async def test_all_that_it_prints_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TOTAL_LIMIT", 100)
    line = b'{"type": "stream_event"}\n'
    assert len(await told(Program(*[line] * 4))) == 4
    with pytest.raises(CLIConnectionError, match="printed more than 100 bytes"):
        await told(Program(*[line] * 5))


async def test_a_flood_of_requests_to_the_sdk_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "ASKED_LIMIT", 2)
    request = b'{"type": "control_request", "request_id": "1", "request": {"subtype": "can_use_tool"}}\n'
    assert len(await told(Program(*[request] * 2, *[b'{"type": "assistant"}\n'] * 5))) == 7
    with pytest.raises(CLIConnectionError, match="more than 2 things"):
        await told(Program(*[request] * 3))


async def test_an_end_that_is_none_says_why() -> None:
    with pytest.raises(ProcessError) as failed:
        await told(Program(code=137))
    assert failed.value.exit_code == 137
    assert "why it ended" in str(failed.value)
    with pytest.raises(ProcessError) as failed:
        await told(Program(code=None))
    assert failed.value.exit_code == -1


async def test_what_is_written_arrives_until_it_is_closed() -> None:
    program = Program()
    way = SandboxTransport(program)
    with pytest.raises(CLIConnectionError):
        await way.write("too early")
    await way.connect()
    await way.write("hello\n")
    await way.end_input()
    assert program.theirs.recv(100) == b"hello\n"
    assert program.theirs.recv(100) == b""
    await way.close()
    assert not way.is_ready()
    with pytest.raises(CLIConnectionError):
        await way.write("too late")


async def test_who_cannot_be_reached_is_an_error_of_the_connection() -> None:
    program = Program()

    def refuse(timeout_s: float = 5.0) -> socket.socket:
        raise ConnectionRefusedError("the sandbox has ended")

    program.connect = refuse  # type: ignore[method-assign]
    with pytest.raises(CLIConnectionError, match="has ended"):
        await SandboxTransport(program).connect()


def test_options_become_arguments() -> None:
    fresh = command_of(options_of(word="implement", session="s-1", again=False, turns=7, program="/p", mcp={}))
    assert fresh[0] == "/p"
    assert {"--session-id=s-1", "--strict-mcp-config", "--setting-sources="} <= set(fresh)
    pairs = dict(itertools.pairwise(fresh))
    assert pairs["--tools"] == "Write,Edit,Read,Glob,Grep,Bash"
    assert (pairs["--model"], pairs["--max-turns"]) == ("implement", "7")
    assert pairs["--permission-mode"] == "bypassPermissions"
    again = command_of(options_of(word="w", session="s-1", again=True, turns=7, program="/p", mcp={}))
    assert "--resume=s-1" in again
    assert "--session-id=s-1" not in again
    env = environment(url="http://127.0.0.1:4010", token="adj_x", word="w", output_tokens=900)
    assert (env["ANTHROPIC_API_KEY"], env["CLAUDE_CODE_MAX_OUTPUT_TOKENS"]) == ("adj_x", "900")
    assert env["CLAUDE_CODE_MAX_RETRIES"] == "2"


def test_mcp_servers_are_programs() -> None:
    given = {"a": {"command": "x", "args": [1], "env": {"N": 2}}}
    assert mcp_servers(servers_of(target("t", params={"mcp_servers": given}))) == {
        "a": {"type": "stdio", "command": "x", "args": ["1"], "env": {"N": "2"}}
    }
    assert servers_of(target("t")) == {}
    wrongs: list[object] = [
        ["x"], {"a": "x"}, {"a": {"url": "http://elsewhere"}}, {"a": {"command": " "}}, {"a b": {"command": "x"}},
        {"a": {"command": "x", "args": "-m y"}}, {"a": {"command": "x", "args": [["y"]]}},
        {"a": {"command": "x", "env": ["K"]}}, {"a": {"command": "x", "env": {"K": None}}},
        {"a": {"command": "x", "args": ["\0"]}}, {f"s{n}": {"command": "x"} for n in range(51)},
    ]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(ProviderFailure, match="mcp_servers"):
            servers_of(target("t", params={"mcp_servers": wrong}))


def test_what_messages_mean() -> None:
    talk = Conversation()
    servers = [{"name": "x", "status": "failed"}, {"name": "y", "status": "connected"}]
    init = {"claude_code_version": "2", "mcp_servers": servers}
    assert [one.text for one in talk.take(SystemMessage(subtype="init", data=init), now_s=1).entries] == [
        "The MCP server x is not there (failed)."
    ]
    usage = {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 2}
    said = AssistantMessage(content=[TextBlock("Hm.")], model="m", message_id="1", usage=usage)
    seen = talk.take(said, now_s=1)
    assert [(one.kind, one.input_tokens) for one in seen.entries] == [("said", 0), ("usage", 7)]
    assert seen.answered
    use = AssistantMessage(content=[ToolUseBlock("c", "Bash", {"command": "ls"})], model="m", message_id="1")
    seen = talk.take(use, now_s=1)
    assert (seen.answered, seen.running) == (False, 1)
    parts = [{"type": "text", "text": "a"}, {"type": "image"}]
    answer = UserMessage(content=[ToolResultBlock("c", parts, is_error=True)])
    seen = talk.take(answer, now_s=1)
    assert (seen.running, seen.changed, seen.entries[0].text, seen.entries[0].ok) == (0, True, "a\n(image)", False)
    retry = talk.take(SystemMessage(subtype="api_retry", data={"error": "overloaded", "error_status": 529}), now_s=1)
    assert retry.retry == "overloaded (529)"
    talk.take(SystemMessage(subtype="permission_denied", data={"tool_name": "Write"}), now_s=1)
    assert talk.take(SystemMessage(subtype="compact_boundary", data={}), now_s=1).entries[0].kind == "note"
    broken = AssistantMessage(content=[TextBlock("API Error: 529")], model="m", error="server_error", message_id="2")
    assert not talk.take(broken, now_s=1).entries[0].ok
    assert talk.error == "server_error"
    result = ResultMessage(
        subtype="success", duration_ms=1, duration_api_ms=1, is_error=True, num_turns=1, session_id="s",
        permission_denials=[{"tool_name": "Edit"}],
    )  # fmt: skip
    assert talk.take(result, now_s=1).result is result
    assert talk.denied == ["Write", "Edit"]


def test_what_is_remembered_of_a_conversation_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = Conversation()
    uses = [ToolUseBlock(f"c{number}", "Bash", {}) for number in range(30)]
    assert talk.take(AssistantMessage(content=[*uses], model="m", message_id="1"), now_s=1).running == 30
    monkeypatch.setattr(events, "KNOWN_LIMIT", 20)
    with pytest.raises(ClaudeSDKError, match="more than 20"):
        talk.take(SystemMessage(subtype="compact_boundary", data={}), now_s=1)
