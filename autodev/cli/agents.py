"""`autodev agents`: the agent programs that can do jobs besides AutoDev's own agent, and their installation."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from autodev.cli.terminal import Terminal
from autodev.cli.workspaces import fail
from autodev.lib.errors import DomainError

app = typer.Typer(
    help="Agent programs (Claude Agent SDK, OpenCode): which are here; install them.", no_args_is_help=True
)
console = Terminal(highlight=False, soft_wrap=True)


def _settings() -> None:
    """Only the settings: neither a database nor a workspace is needed to install a program."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")
    import django  # noqa: PLC0415 - help must not need a configuration
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise fail(str(error), code=2) from error


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as a JSON list.")] = False,
) -> None:
    """List the programs, and what is missing."""
    _settings()
    from autodev.programs.known import AGENTS, find  # noqa: PLC0415 - it reads the settings

    rows: list[dict[str, str]] = []
    for name, agent in AGENTS.items():
        row = {"name": name, "title": agent.title, "kind": agent.kind, "version": "", "path": "", "missing": ""}
        try:
            found = find(name)
            row |= {"version": found.version, "path": str(found.program)}
        except DomainError as error:
            row["missing"] = f"{error.message} {error.hint}".strip()
        rows.append(row)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        console.print(f"{row['title']} {row['version']}".strip(), style="bold")
        console.print(f"  autodev agents install {row['name']}; providers of the kind {row['kind']}")
        console.print(f"  {row['path'] or row['missing']}")


@app.command()
def install(
    name: Annotated[str, typer.Argument(metavar="claude|opencode", show_default=False)],
) -> None:
    """Install a program in the version that goes with this AutoDev, unless it is there.

    Exit code: 0 it is there, 1 it could not be installed, 2 wrong usage.
    """
    _settings()
    from autodev.programs.known import AGENTS  # noqa: PLC0415 - it reads the settings
    from autodev.programs.known import install as put  # noqa: PLC0415

    if name not in AGENTS:
        raise fail(f"There is no agent program {name!r}; there are: {', '.join(AGENTS)}.", code=2)
    try:
        found = put(name, console.print)
    except DomainError as error:
        raise fail(f"{error.message}\n{error.hint}".strip()) from error
    agent = AGENTS[name]
    console.print(f"{agent.title} {found.version}: {found.program}")
    console.print(f"Used by providers of the kind {agent.kind} (docs/agent-programs.md).")
