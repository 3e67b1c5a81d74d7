"""What the program's messages mean: entries of the transcript, and what a watcher counts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from claude_agent_sdk import (
    AssistantMessage,
    ClaudeSDKError,
    Message,
    ResultMessage,
    SystemMessage,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from autodev.contracts.transcript import Entry, EntryKind

# Of all answers and calls of one conversation: as many as are remembered of it.
KNOWN_LIMIT = 50_000
READING = frozenset({"Read", "Glob", "Grep"})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one message says. `running`: tools under way after it. `answered`: it begins an answer of the model that was
    not seen yet. `changed`: a tool ended that may have changed files. `retry`: why it waits before it asks again."""

    entries: tuple[Entry, ...] = ()
    running: int = 0
    answered: bool = False
    changed: bool = False
    retry: str = ""
    result: ResultMessage | None = None


@dataclass
class Conversation:
    """The messages of one session, one after the other. `error` is the program's word for the API error that it ended
    with, `denied` the tools that it was not allowed to use, `servers` MCP servers that are not there."""

    error: str = ""
    denied: list[str] = field(default_factory=list)
    servers: list[str] = field(default_factory=list)
    version: str = ""
    _calls: dict[str, str] = field(default_factory=dict)
    _answers: set[str] = field(default_factory=set)

    def take(self, message: Message, *, now_s: float) -> Seen:
        """Raises ClaudeSDKError where there are more ids in it than any conversation has."""
        if sum(map(len, (self._calls, self._answers, self.denied, self.servers))) > KNOWN_LIMIT:
            raise ClaudeSDKError(f"The program named more than {KNOWN_LIMIT} messages and calls.")
        if isinstance(message, AssistantMessage):
            return self._assistant(message, now_s)
        if isinstance(message, UserMessage):
            return self._results(message, now_s)
        if isinstance(message, ResultMessage):
            self.denied += [str(one.get("tool_name", "a tool")) for one in message.permission_denials or ()]
            return self._seen(result=message)
        if isinstance(message, SystemMessage):
            return self._system(message, now_s)
        return self._seen()  # a piece of an answer: a sign of life

    def _seen(self, *entries: Entry, **values: Any) -> Seen:
        return Seen(entries=entries, running=len(self._calls), **values)

    def _assistant(self, message: AssistantMessage, now_s: float) -> Seen:
        if message.error:
            self.error = str(message.error)
            text = " ".join(block.text for block in message.content if isinstance(block, TextBlock))
            return self._seen(Entry(kind=EntryKind.NOTE, text=text, ok=False, at=now_s))
        self.error = ""
        entries: list[Entry] = []
        for block in message.content:
            if isinstance(block, TextBlock) and block.text.strip():
                entries.append(Entry(kind=EntryKind.SAID, text=block.text, at=now_s))
            elif isinstance(block, ToolUseBlock):
                self._calls[block.id] = block.name
                entries.append(
                    Entry(kind=EntryKind.TOOL, tool=block.name, call=block.id, arguments=block.input, at=now_s)
                )
        fresh = bool(entries) and (message.message_id or "") not in self._answers
        if fresh:
            self._answers.add(message.message_id or "")
            entries.append(_usage(message.usage or {}, now_s))
        return self._seen(*entries, answered=fresh)

    def _results(self, message: UserMessage, now_s: float) -> Seen:
        """The answers of its tools."""
        blocks = message.content if isinstance(message.content, list) else []
        entries, changed = [], False
        for block in blocks:
            if isinstance(block, ToolResultBlock):
                tool = self._calls.pop(block.tool_use_id, "")
                changed = changed or tool not in READING
                entries.append(
                    Entry(
                        kind=EntryKind.RESULT, tool=tool, call=block.tool_use_id, text=_text(block.content),
                        ok=not block.is_error, at=now_s,
                    )
                )  # fmt: skip
        return self._seen(*entries, changed=changed)

    def _system(self, message: SystemMessage, now_s: float) -> Seen:
        data = message.data
        if message.subtype == "init":
            self.version = str(data.get("claude_code_version") or "")
            absent = [one for one in data.get("mcp_servers") or () if one.get("status") not in ("connected", "pending")]
            self.servers += [str(one.get("name")) for one in absent]
            return self._seen(*(_absent(one, now_s) for one in absent))
        if message.subtype == "api_retry":
            status = f" ({data['error_status']})" if data.get("error_status") else ""
            text = f"{data.get('error') or 'The model did not answer'}{status}"
            return self._seen(Entry(kind=EntryKind.RETRY, text=text, ok=False, at=now_s), retry=text)
        if message.subtype == "permission_denied":
            self.denied.append(str(data.get("tool_name", "a tool")))
        if message.subtype == "compact_boundary":
            text = "The conversation was summed up to make room."
            return self._seen(Entry(kind=EntryKind.NOTE, text=text, at=now_s))
        return self._seen()


def _usage(usage: Mapping[str, Any], now_s: float) -> Entry:
    cached = int(usage.get("cache_read_input_tokens") or 0) + int(usage.get("cache_creation_input_tokens") or 0)
    return Entry(
        kind=EntryKind.USAGE, at=now_s, input_tokens=int(usage.get("input_tokens") or 0) + cached,
        output_tokens=int(usage.get("output_tokens") or 0),
    )  # fmt: skip


def _absent(server: Mapping[str, Any], now_s: float) -> Entry:
    text = f"The MCP server {server.get('name')} is not there ({server.get('status')})."
    return Entry(kind=EntryKind.NOTE, text=text, ok=False, at=now_s)


def _text(content: str | list[dict[str, Any]] | None) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", f"({part.get('type')})")) for part in content)
    return content or ""
