"""What a task waits for, in plain words, and what became of a message."""

from __future__ import annotations

from django import template

from projects.models import Build, Message, Task
from projects.selectors.steering import fate_of
from projects.transcript import Happening
from projects.waits import Wait, wait_of
from providers.failures.redact import redacted as without_secrets

register = template.Library()


@register.filter
def wait(task: Task) -> Wait | None:
    """None where it does not wait."""
    return wait_of(task)


@register.filter
def fate(message: Message, build: Build) -> str:
    """`waiting`, `heard`, `withdrawn`, `unheard`."""
    return fate_of(message, ended=build.is_final)


@register.filter
def redacted(text: str) -> str:
    """Without what has the form of a secret."""
    return without_secrets(text)


@register.filter
def headline(line: Happening) -> str:
    """What a line of a transcript is, in words."""
    who = line.who or "Somebody"
    words = {
        "began": f"{line.who or 'A worker'} took it{f' over from {line.tool}' if line.tool else ''}",
        "left": f"{line.who or 'The worker'} gave it up",
        "said": line.who or "Said",
        "message": f"{who} said to it",
        "question": "Asked; went on with its assumption" if line.who == "assumed" else f"Asked; {who} answered",
        "tactic": f"Changed its way: {line.tool.replace('_', ' ')}" if line.tool else "Changed its way",
        "retry": "Tried again",
        "commit": "Kept",
        "note": "Note",
    }
    return words.get(line.kind, line.kind.capitalize())


@register.filter
def cut_line(text: str) -> str:
    """The beginning in one line."""
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:99]}…"


@register.filter
def share(value: float | None) -> str:
    """`50 %`; a dash for none."""
    return "–" if value is None else f"{round(100 * value)} %"
