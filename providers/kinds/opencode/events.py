"""What OpenCode's events mean: entries of the transcript, and what a watcher counts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autodev.contracts.transcript import Entry, EntryKind

# Characters of one answer of a tool that are kept.
RESULT_LIMIT = 20_000
# How an answer ends that says nothing at all: OpenCode then asks again without a pause, for ever.
UNKNOWN = frozenset({"", "unknown", "other"})


# Of all messages, parts and calls of one conversation: as many as are remembered of it.
KNOWN_LIMIT = 50_000
ID_LIMIT = 200


class Flooded(Exception):
    """The events are no conversation."""


@dataclass(frozen=True, kw_only=True)
class Retry:
    """OpenCode waits before it asks again: for the `attempt`th time, `wait_s` seconds from now."""

    attempt: int
    message: str
    wait_s: float


@dataclass(frozen=True, kw_only=True)
class Broken:
    """An error that ended the turn: OpenCode's word for it, the message, and of an API's error its status and body."""

    name: str
    message: str
    status: int | None = None
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer of the model. `finish` is OpenCode's word (stop, tool-calls, length, content-filter, unknown)."""

    finish: str
    said: bool
    calls: int

    @property
    def nothing(self) -> bool:
        return not self.calls and (not self.said or self.finish in UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one event says. `alive`: the model or a tool did something. `running`: tools under way after it. `changed`:
    a tool ended that may have changed files. `asked` is the id of a permission that it asks a person for."""

    entries: tuple[Entry, ...] = ()
    alive: bool = False
    running: int = 0
    changed: bool = False
    answer: Answer | None = None
    retry: Retry | None = None
    broken: Broken | None = None
    asked: str = ""
    idle: bool = False


# What a tool answers whose use the permissions do not allow.
DENIED = "rule which prevents"
# Tools that only look.
READING = frozenset({"read", "glob", "grep", "list", "todowrite", "todoread", "skill", "invalid"})


@dataclass
class Conversation:
    """The events of one session, one after the other. `now_s` gives seconds since the epoch."""

    session: str
    _running: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)
    _assistant: set[str] = field(default_factory=set)
    _said: set[str] = field(default_factory=set)
    _calls: dict[str, set[str]] = field(default_factory=dict)
    _answered: set[str] = field(default_factory=set)
    text: str = ""
    denied: list[str] = field(default_factory=list)

    def take(self, event: Mapping[str, Any], *, now_s: float) -> Seen:
        """Raises Flooded where there are more ids in it than any conversation has."""
        if sum(map(len, (self._told, self._assistant, self._said, self._calls, self._running))) > KNOWN_LIMIT:
            raise Flooded(f"Its events name more than {KNOWN_LIMIT} messages and calls.")
        properties = event.get("properties")
        if not isinstance(properties, Mapping) or _session(properties) != self.session:
            return Seen(running=len(self._running))
        type_ = str(event.get("type"))
        if type_ in {"message.updated", "message.part.updated", "session.status"}:
            return self._progress(type_, properties, now_s)
        if type_ == "session.compacted":
            note = Entry(kind=EntryKind.NOTE, text="The conversation was summed up to make room.", at=now_s)
            return self._seen(note, alive=True)
        if type_ in {"permission.asked", "permission.updated"}:
            self.denied.append(_id(properties.get("permission") or properties.get("type")))
            return self._seen(asked=str(properties["id"]))
        return self._seen(
            alive=type_ == "message.part.delta",
            idle=type_ == "session.idle",
            broken=broken_of(properties.get("error")) if type_ == "session.error" else None,
        )

    def _progress(self, type_: str, properties: Mapping[str, Any], now_s: float) -> Seen:
        if type_ == "message.updated":
            return self._message(properties["info"], now_s)
        if type_ == "session.status":
            return self._status(properties["status"], now_s)
        return self._part(properties["part"], now_s)

    def _seen(self, *entries: Entry, **values: Any) -> Seen:
        return Seen(entries=entries, running=len(self._running), **values)

    def _message(self, info: Mapping[str, Any], now_s: float) -> Seen:
        """An answer is whole once it has an end; its use of tokens is told with it."""
        if info.get("role") != "assistant":
            return self._seen()
        id_ = _id(info["id"])
        self._assistant.add(id_)
        if not (info.get("time") or {}).get("completed") or id_ in self._answered:
            return self._seen(alive=True)
        self._answered.add(id_)
        answer = Answer(
            finish=str(info.get("finish") or ""), said=id_ in self._said, calls=len(self._calls.get(id_, ()))
        )
        if info.get("error"):
            return self._seen(alive=True)
        tokens = info.get("tokens") or {}
        cache = tokens.get("cache") or {}
        used = Entry(
            kind=EntryKind.USAGE,
            at=now_s,
            input_tokens=int(tokens.get("input") or 0) + int(cache.get("read") or 0) + int(cache.get("write") or 0),
            output_tokens=int(tokens.get("output") or 0) + int(tokens.get("reasoning") or 0),
        )
        return self._seen(used, alive=True, answer=answer)

    def _part(self, part: Mapping[str, Any], now_s: float) -> Seen:
        message, id_ = _id(part["messageID"]), _id(part["id"])
        if message not in self._assistant:
            return self._seen()
        if part["type"] == "text":
            return self._text(part, message, id_, now_s)
        if part["type"] == "tool":
            self._calls.setdefault(message, set()).add(_id(part["callID"]))
            return self._tool(part, now_s)
        return self._seen(alive=True)

    def _text(self, part: Mapping[str, Any], message: str, id_: str, now_s: float) -> Seen:
        text = str(part.get("text") or "").strip()
        if text:
            self._said.add(message)
        if not text or not (part.get("time") or {}).get("end") or id_ in self._told:
            return self._seen(alive=True)
        self._told.add(id_)
        self.text = text
        return self._seen(Entry(kind=EntryKind.SAID, text=text, at=now_s), alive=True)

    def _tool(self, part: Mapping[str, Any], now_s: float) -> Seen:
        state, call, tool = part["state"], _id(part["callID"]), _id(part["tool"])
        status = state.get("status")
        entries: list[Entry] = []
        if status in {"running", "completed", "error"} and call not in self._told:
            self._told.add(call)
            arguments = dict(state.get("input") or {})
            entries.append(Entry(kind=EntryKind.TOOL, tool=tool, call=call, arguments=arguments, at=now_s))
        if status == "running":
            self._running.add(call)
        done = status in {"completed", "error"} and f"{call}:done" not in self._told
        if done:
            self._told.add(f"{call}:done")
            self._running.discard(call)
            text = str(state.get("output") if status == "completed" else state.get("error") or "")
            entries.append(
                Entry(
                    kind=EntryKind.RESULT,
                    text=text[:RESULT_LIMIT],
                    tool=tool,
                    call=call,
                    ok=status == "completed",
                    at=now_s,
                )
            )
            self._allowed(tool, text, ok=status == "completed")
        return self._seen(*entries, alive=True, changed=done and tool not in READING)

    def _allowed(self, tool: str, text: str, *, ok: bool) -> None:
        """What it was denied counts until it changed something in another way."""
        if not ok and DENIED in text:
            self.denied.append(tool)
        elif ok and tool not in READING:
            self.denied.clear()

    def _status(self, status: Mapping[str, Any], now_s: float) -> Seen:
        if status.get("type") != "retry":
            return self._seen()
        retry = Retry(
            attempt=int(status.get("attempt") or 0),
            message=str(status.get("message") or ""),
            wait_s=max(0.0, float(status.get("next") or 0) / 1000 - now_s),
        )
        return self._seen(Entry(kind=EntryKind.RETRY, text=retry.message, ok=False, at=now_s), retry=retry)


def _id(value: Any) -> str:
    """OpenCode's ids have thirty characters."""
    return str(value)[:ID_LIMIT]


def broken_of(error: Any) -> Broken:
    """The error of a session in OpenCode's form, {"name": …, "data": {"message": …, "statusCode": …}}."""
    if not isinstance(error, Mapping):
        return Broken(name="UnknownError", message="OpenCode named no reason.")
    data = error.get("data")
    data = data if isinstance(data, Mapping) else {}
    status = data.get("statusCode")
    return Broken(
        name=str(error.get("name") or "UnknownError"),
        message=str(data.get("message") or error.get("name") or "OpenCode named no reason."),
        status=status if isinstance(status, int) else None,
        body=str(data.get("responseBody") or "")[:2000],
    )


def _session(properties: Mapping[str, Any]) -> str:
    for place in (properties, properties.get("info"), properties.get("part")):
        if isinstance(place, Mapping) and isinstance(place.get("sessionID"), str):
            return str(place["sessionID"])
    return ""
