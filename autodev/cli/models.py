"""`autodev models`: models.yaml of a workspace in and out, with its history."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.syntax import Syntax
from rich.table import Table

from autodev.cli.terminal import Terminal
from autodev.cli.workspaces import WorkspaceOption, fail, workspace_of
from autodev.lib.errors import DomainError

app = typer.Typer(help="The workspace's models.yaml: export, import, diff, history, revert.", no_args_is_help=True)
console = Terminal(highlight=False)
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="- is the standard input.", show_default=False)]


@app.command("export")
def export(
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Into this file.")] = None,
    seed: Annotated[bool, typer.Option("--json", help="As JSON in three sections.")] = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Print the configuration; keys by their names only."""
    place, _ = workspace_of(workspace)
    from providers.config.defaults import ensure_defaults  # noqa: PLC0415 - models can be imported only now
    from providers.config.transfer import export_config, export_seed  # noqa: PLC0415

    ensure_defaults(place)
    text = export_seed(place) if seed else export_config(place)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


@app.command("import")
def import_(
    file: FileArgument,
    note: Annotated[str, typer.Option(help="Why; it stands in the history.")] = "",
    workspace: WorkspaceOption = "",
) -> None:
    """Make the file what the workspace has. All processes go by it within two seconds; nothing is changed where it has
    a mistake."""
    place, user = workspace_of(workspace)
    from providers.config.standing import notes  # noqa: PLC0415 - models can be imported only now
    from providers.config.transfer import import_config  # noqa: PLC0415

    text, source = _read(file)
    try:
        revision = import_config(workspace=place, text=text, actor=user, note=note, door="cli", source=source)
    except DomainError as error:
        raise fail(str(error)) from error
    console.print("No difference: nothing was changed." if revision is None else f"Revision {revision.number}.")
    for told in notes(place.pk):
        console.print(told, style="yellow")


@app.command()
def diff(file: FileArgument, workspace: WorkspaceOption = "") -> None:
    """Show what an import of the file would change. Exit code: 0 nothing, 1 something, 2 the file has a mistake."""
    place, _ = workspace_of(workspace)
    from providers.config.defaults import ensure_defaults  # noqa: PLC0415 - models can be imported only now
    from providers.config.transfer import preview  # noqa: PLC0415

    ensure_defaults(place)
    text, source = _read(file)
    try:
        found = preview(place, text, source=source)
    except DomainError as error:
        raise fail(str(error), code=2) from error
    if found:
        console.print(Syntax(found, "diff", background_color="default"))
        raise typer.Exit(1)
    console.print("No difference.")


@app.command()
def history(workspace: WorkspaceOption = "") -> None:
    """List the revisions, newest first."""
    place, _ = workspace_of(workspace)
    from providers.config.revisions import history as revisions  # noqa: PLC0415 - models can be imported only now

    table = Table(box=None, pad_edge=False)
    for heading in ("", "When", "Who", "Note"):
        table.add_column(heading)
    for row in revisions(place.pk):
        table.add_row(str(row.number), f"{row.created_at:%Y-%m-%d %H:%M}", str(row.created_by or "–"), row.note)
    console.print(table)


@app.command()
def revert(
    number: Annotated[int, typer.Argument(metavar="REVISION", show_default=False)], workspace: WorkspaceOption = ""
) -> None:
    """Make an earlier revision the newest one."""
    place, user = workspace_of(workspace)
    from providers.config.transfer import revert as back  # noqa: PLC0415 - models can be imported only now

    try:
        revision = back(workspace=place, number=number, actor=user, door="cli")
    except DomainError as error:
        raise fail(str(error)) from error
    console.print(f"Revision {revision.number} has what revision {number} had.")


@app.command()
def preset(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="default_fallback, claude_primary or opencode_primary")
    ] = "",
) -> None:
    """Print a configuration that ships with AutoDev, to be imported; without a name, list them."""
    from providers.config.presets import UnknownPreset, names, text  # noqa: PLC0415 - help is quick without it

    if not name:
        console.print("\n".join(names()))
        return
    try:
        typer.echo(text(name), nl=False)
    except UnknownPreset as error:
        raise fail(f"There is no preset {name!r}; there are: {', '.join(names())}.", code=2) from error


def _read(file: Path) -> tuple[str, str]:
    if str(file) == "-":
        return sys.stdin.read(), "the standard input"
    try:
        return file.read_text(encoding="utf-8"), str(file)
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"{file}: {error}", code=2) from error
