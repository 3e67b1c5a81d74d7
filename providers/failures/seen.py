"""A signal taken apart: its frameworks, statuses, types, exception classes, and the text that matters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.failures.envelope import Envelope, opened
from providers.failures.frameworks import frameworks
from providers.failures.signal import Signal
from providers.failures.tables import tables

LONGEST = 8000
_BLANKS = re.compile(r"(\s{20})\s+")  # a pattern that begins with blanks begins at each of them
_STATUS = (
    re.compile(r"\bAPI Error:? \(?(?:Repeated )?(\d{3})\b"),
    re.compile(r"\bRequest rejected \((\d{3})\)"),
    re.compile(r"\bError code: (\d{3}) - "),
    re.compile(r"<(?:h1|title)>(?:[^<|\n]{1,80} \| )?(\d{3})(?:[ :] ?[A-Z]|<)"),
)
# Only where they begin the text, and not in the log of an agent: "status 401" elsewhere may be a test's.
_BEFORE = (
    "unexpected status ",
    "exceeded retry limit, last status: ",
    "status_code: ",
    "api error occurred: status ",
    "request failed: ",
    "error code: ",
    "error response ",
    r"\w+ request failed with http ",
)
_AFTER = (
    r" status code \(no body\)",
    " while fetching ",
    ",? (?:body: |request id)",
    r'[:.]? ?[{"\[]',
    r"\. body: ",
    r"\s*\Z",
    " (?:client|server) error",
    r" (?:bad request|unauthorized|payment required|forbidden|not found|too many requests)\b",
    r" (?:internal server error|bad gateway|service unavailable|gateway time-?out)\b",
)
_STATUS_FIRST = re.compile(
    rf"\W{{0,4}}(?:(?:stream )?error: )?(?:{'|'.join(_BEFORE)})?(\d{{3}})(?:{'|'.join(_AFTER)})", re.IGNORECASE
)
# A code of Google's or Amazon's that their libraries print before the message.
_PRINTED_CODE = re.compile(r"\d{1,3} ([A-Z]+(?:_[A-Z]+)*)[:.] |An error occurred \((\w+)\) when calling the ")
# What Codex puts before the reason of every failed stream.
_STREAM_FRAME = re.compile(r"(?:stream error: )?stream disconnected before completion: (?=\S)", re.IGNORECASE)
_CLAUDE = re.compile(
    r"Claude Code returned an error result: (.*?)(?: \(exit code: -?\d+\))?(?:\n\[stderr\]|\Z)", re.DOTALL
)
_LOGGED = re.compile(
    r'\berror(?:\.error)?="((?:[^"\\]|\\.)*)"|\bservice=\S+ (?:[^\n]* )?(?:error=([^"\n]+)|message="((?:[^"\\]|\\.)*)")'
)
_CLASS = re.compile(r"(?:Error: )?(AI_\w+|Provider\w+Error|[A-Z]\w+Error|litellm\.\w+): ")
_RAISED = re.compile(r"^(?:litellm|openai|anthropic|google\.genai|claude_agent_sdk)[\w.]*\.(\w+): (.+)", re.MULTILINE)
_EVENT = re.compile(r'\s*\{"(?:type|name)": ?"\w+"')


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`said_by`: the words of the signal's own framework, also such as no patterns are for (`groq`). `text` is the
    inner message where an envelope was opened, else the whole; `whole` is never cut down to it. `typed`: something but
    the words speaks. `agent`: it may be of the log of an agent program."""

    frameworks: tuple[str, ...]
    said_by: frozenset[str]
    status: int | None
    types: tuple[str, ...]
    classes: tuple[str, ...]
    modules: tuple[str, ...]
    text: str
    whole: str
    headers: Mapping[str, str]
    fields: Mapping[str, Any] = field(default_factory=dict)
    typed: bool = False
    agent: bool = False


def seen(signal: Signal) -> Seen:
    """Takes a signal apart. Of an agent's log only a whole event of its own counts as typed: what else stands there in
    JSON may be the output of the program that it builds."""
    whole = _shortened(signal.text)
    names = frameworks().of(signal, whole)
    agent = bool(frameworks().agents.intersection(names))
    client = bool(set(names) - frameworks().agents - {"celery"})
    core, wrapped, classes = _unwrapped(whole, signal, agent=agent, client=client)
    trusted = wrapped or _trusted(signal)
    envelope = opened(core) if trusted or not agent or _EVENT.match(core) else Envelope()
    own_words = trusted or not agent
    types = _types(signal, envelope, _PRINTED_CODE.match(core) if own_words else None)
    classes += [name for name in envelope.types if name.endswith("Error")]
    status = _status(signal, envelope, core if trusted or envelope.found else core[:200], first=own_words)
    return Seen(
        frameworks=names,
        said_by=frozenset({signal.framework.lower(), *re.split(r"[/\s]+", signal.framework.lower())} - {""}),
        status=status,
        types=types,
        classes=tuple(dict.fromkeys(classes)),
        modules=(signal.exception_class,) if "." in signal.exception_class else (),
        text="\n".join(envelope.messages) or core,
        whole=whole,
        headers={**envelope.headers, **{name.lower(): value for name, value in signal.headers.items()}},
        fields=envelope.fields,
        typed=trusted or envelope.found or bool(types) or signal.http_status is not None or status is not None,
        agent=agent,
    )


def _shortened(text: str) -> str:
    text = _BLANKS.sub(r"\1", text)
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + "\n" + text[-LONGEST // 2 :]


def _trusted(signal: Signal) -> bool:
    """Whether the exception is one of a provider's or an agent's library, and not, say, of a command that failed."""
    module, _, name = signal.exception_class.rpartition(".")
    return tables().knows(name) or any(word in frameworks().names for word in re.split(r"[._]", module))


def _types(signal: Signal, envelope: Envelope, printed: re.Match[str] | None) -> tuple[str, ...]:
    code = (printed.group(1) or printed.group(2)) if printed else ""
    names = (name.lower() for name in (signal.error_type, signal.error_code, code, *envelope.types))
    return tuple(dict.fromkeys(name for name in names if name in tables().certain or name in tables().vague))


def _unwrapped(text: str, signal: Signal, *, agent: bool, client: bool) -> tuple[str, bool, list[str]]:
    """The text without the frame that a framework puts around it, whether there was one, and classes in it."""
    classes = [signal.exception_class.rpartition(".")[2]] if signal.exception_class else []
    wrapped = False
    if framed := _STREAM_FRAME.match(text):
        text = text[framed.end() :]
    if claude := _CLAUDE.search(text):
        text, wrapped = claude.group(1), True
    elif logged := _LOGGED.search(text):
        text, wrapped = (logged.group(1) or logged.group(2) or logged.group(3) or "").replace('\\"', '"'), True
    elif not classes and not agent and (raised := _RAISED.findall(text)):
        classes.append(raised[-1][0])
        text, wrapped = raised[-1][1] if "Traceback" in text else text, True
    while named := _CLASS.match(text):
        name = named.group(1).rpartition(".")[2]
        if not classes and not wrapped and not name.startswith(("AI_", "Provider")) and (agent or not client):
            break
        classes.append(name)
        text, wrapped = text[named.end() :], True
    return text, wrapped or text.startswith(("API Error: ", "API Error (")), classes


def _status(signal: Signal, envelope: Envelope, text: str, *, first: bool) -> int | None:
    if signal.http_status is not None and signal.http_status >= 400:
        return signal.http_status
    if envelope.statuses:
        return envelope.statuses[0]
    found = _STATUS_FIRST.match(text) if first else None
    for pattern in _STATUS:
        found = found or pattern.search(text)
    status = int(found.group(1)) if found else 0
    return status if 400 <= status <= 599 else None
