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
    re.compile(r"<(?:h1|title)>(\d{3}) [A-Z]"),
)
_CLAUDE = re.compile(
    r"Claude Code returned an error result: (.*?)(?: \(exit code: -?\d+\))?(?:\n\[stderr\]|\Z)", re.DOTALL
)
_LOGGED = re.compile(r'\berror(?:\.error)?="((?:[^"\\]|\\.)*)"|\bservice=\S+ (?:[^\n]* )?error=([^"\n]+)')
_CLASS = re.compile(r"(?:Error: )?(AI_\w+|Provider\w+Error|[A-Z]\w+Error|litellm\.\w+): ")
_RAISED = re.compile(r"^(?:litellm|openai|anthropic|google\.genai|claude_agent_sdk)[\w.]*\.(\w+): (.+)", re.MULTILINE)
_EVENT = re.compile(r'\s*\{"(?:type|name)": ?"\w+"')


@dataclass(frozen=True, kw_only=True)
class Seen:
    """`text` is the inner message where an envelope was opened, else the whole; `whole` is never cut down to it.
    `typed`: something but the words speaks. `agent`: it may be of the log of an agent program."""

    frameworks: tuple[str, ...]
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
    types = _types(signal, envelope)
    classes += [name for name in envelope.types if name.endswith("Error")]
    status = _status(signal, envelope, core if trusted or envelope.found else core[:200])
    return Seen(
        frameworks=names,
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


def _types(signal: Signal, envelope: Envelope) -> tuple[str, ...]:
    names = (name.lower() for name in (signal.error_type, signal.error_code, *envelope.types))
    return tuple(dict.fromkeys(name for name in names if name in tables().certain or name in tables().vague))


def _unwrapped(text: str, signal: Signal, *, agent: bool, client: bool) -> tuple[str, bool, list[str]]:
    """The text without the frame that a framework puts around it, whether there was one, and classes in it."""
    classes = [signal.exception_class.rpartition(".")[2]] if signal.exception_class else []
    wrapped = False
    if claude := _CLAUDE.search(text):
        text, wrapped = claude.group(1), True
    elif logged := _LOGGED.search(text):
        text, wrapped = (logged.group(1) or logged.group(2)).replace('\\"', '"'), True
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


def _status(signal: Signal, envelope: Envelope, text: str) -> int | None:
    if signal.http_status is not None and signal.http_status >= 400:
        return signal.http_status
    if envelope.statuses:
        return envelope.statuses[0]
    for pattern in _STATUS:
        if found := pattern.search(text):
            return int(found.group(1))
    return None
