"""What the commands of recovery share."""

from __future__ import annotations

import datetime as dt
import json
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from autodev.cli.terminal import Terminal
from autodev.cli.workspaces import fail
from autodev.lib.errors import DomainError

if TYPE_CHECKING:
    from autodev.accounts.models import Workspace
    from projects.models import Task

ID_WIDTH = 36
PIPED = 160  # columns where nobody looks: nothing is cut off that a program may want
console = Terminal(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPED)
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
TaskArgument = Annotated[str, typer.Argument(metavar="TASK", show_default=False, help="A task's id.")]
NoteOption = Annotated[str, typer.Option("--note", help="What the next attempt is told.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
COLOURS = {
    "recovered": "green", "succeeded": "green", "active": "green", "answered": "green", "applied": "cyan",
    "auto_recovering": "cyan", "waiting": "cyan", "planned": "cyan", "open": "yellow", "degraded": "yellow",
    "degraded_mode": "yellow", "relapsed": "yellow", "expired": "yellow", "exhausted": "red", "failed": "red",
    "quarantined": "red", "lost": "red",
}  # fmt: skip


def key_of(text: str, what: str) -> uuid.UUID:
    """An id from the command line. Ends with exit code 2 for what is none."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise fail(f"{text!r} is not the id of a {what}.", code=2) from error


def task_of(workspace: Workspace, text: str) -> Task:
    """Ends with exit code 1 for a task that the workspace does not have."""
    from recovery.selectors.decisions import task_in  # noqa: PLC0415 - models can be imported only after set_up

    key = key_of(text, "task")
    with refusals():
        return task_in(workspace.pk, key)


@contextmanager
def refusals() -> Iterator[None]:
    """A domain error is told with its hint, and ends the command with 1."""
    try:
        yield
    except DomainError as error:
        raise fail(f"{error.message} {error.hint}".strip()) from error


def ask(question: str, *, yes: bool) -> None:
    """Ends the command with 1 where the person does not want it, or nobody is there to say so."""
    if not yes and not typer.confirm(question, default=False, err=True):
        raise typer.Exit(1)


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def state(value: str, label: str = "") -> Text:
    """A state in its colour."""
    return Text(label or value.replace("_", " "), style=COLOURS.get(value, "default"))


def table(headings: Sequence[str], *, wide: Sequence[str] = ()) -> Table:
    """`wide` columns are broken into lines, others never; an id stays whole on any terminal."""
    made = Table(box=None, pad_edge=False)
    for heading in headings:
        least = ID_WIDTH if heading.lower().endswith("id") else None
        made.add_column(heading, no_wrap=heading not in wide, overflow="fold", min_width=least)
    return made


def when(value: dt.datetime | None) -> str:
    """`3 min ago`, `in 20 s`; a dash for none."""
    from autodev.pages.templatetags.pages import ago  # noqa: PLC0415 - help is quick without it

    return "–" if value is None else ago(value)


def clipped(text: str, limit: int = 70) -> str:
    words = " ".join(text.split())
    return words if len(words) <= limit else f"{words[: limit - 1]}…"
