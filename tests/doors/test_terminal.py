"""What strangers wrote is text on a terminal: neither a command of it nor markup."""

from __future__ import annotations

import io

import pytest
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text
from typer.testing import CliRunner

from autodev.accounts.models import Workspace
from autodev.cli import app
from autodev.cli.terminal import Terminal
from providers.config.defaults import ensure_defaults
from providers.models import Breaker, ConfigRevision, Provider
from providers.states import BreakerState

HOSTILE = "\x1b]0;mine\x07\x1b[2J[/INST] [red]no\u202e\x9b31m"
SHOWN = "]0;mine[2J[/INST] [red]no31m"


def printed(*what: object, **options: object) -> str:
    out = io.StringIO()
    Terminal(file=out, width=80, **options).print(*what)
    return out.getvalue()


@pytest.mark.parametrize("form", [str, Text])
def test_what_is_printed_is_text(form: type[str | Text]) -> None:
    assert printed(form(HOSTILE)).strip() == SHOWN


def test_so_is_a_cell_and_a_task() -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row(HOSTILE, Text(HOSTILE))
    assert printed(table).split() == [*SHOWN.split(), *SHOWN.split()]
    out = io.StringIO()
    bar = Progress(TextColumn("{task.description}", markup=False), console=Terminal(file=out, force_terminal=True))
    with bar:
        bar.add_task(HOSTILE)
    assert SHOWN in out.getvalue()
    assert "\x07" not in out.getvalue()


def test_its_own_colours_stay() -> None:
    assert "\x1b[31m" in printed(Text("no", style="red"), force_terminal=True, color_system="standard")


@pytest.mark.django_db
def test_a_reason_and_a_note_with_brackets_are_listed() -> None:
    """An answer with `[/INST]` in it ended the command."""
    workspace = Workspace.objects.create(name="x", slug="x")
    ensure_defaults(workspace)
    Breaker.objects.create(
        provider=Provider.objects.get(workspace=workspace, name="local"), state=BreakerState.OPEN, reason="503: [/INST]"
    )
    Provider.objects.filter(workspace=workspace).update(enabled=True)
    ConfigRevision.objects.filter(workspace=workspace).update(note="for [/b] and [red]")
    for arguments, shown in (
        (["providers", "list", "-w", "x"], "[/INST]"),
        (["models", "history", "-w", "x"], "[/b] and [red]"),
    ):
        done = CliRunner().invoke(app, arguments)
        assert (done.exit_code, shown in done.output) == (0, True), (arguments, done.output, done.exception)
