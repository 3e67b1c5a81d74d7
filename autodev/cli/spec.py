"""`autodev spec ID`, `autodev approve ID`: what was understood, shown, edited and approved."""

from __future__ import annotations

import dataclasses
import json
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autodev.cli.build import EXIT_FAILED, errors, id_of, refusals
from autodev.cli.editing import typed
from autodev.coder import AutonomousCoder
from autodev.lib.errors import DomainError

if TYPE_CHECKING:
    from autodev.spec.editing.problem import Problem

BuildId = Annotated[str, typer.Argument(help="The build's id, as `autodev builds` shows it.")]
HEAD = re.compile(r"\A# version (\d+)\n")


def spec(
    build_id: BuildId,
    show: Annotated[bool, typer.Option("--show", help="Print it as YAML; what happens without an option.")] = False,
    edit: Annotated[bool, typer.Option("--edit", help="Open it in $VISUAL or $EDITOR.")] = False,
    file: Annotated[str | None, typer.Option(metavar="FILE", help="Replace it by this file; `-` is the input.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last change back.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, with its version.")] = False,
) -> None:
    """Show or change what AutoDev understood of an idea. What came of the Spec before is made again when the build goes
    on (`autodev resume`).

    Exit code: 0 done, 1 refused, 2 wrong usage.
    """
    if [show, edit, file is not None, undo].count(True) > 1:
        raise typer.BadParameter("one of --show, --edit, --file and --undo at a time")
    key, coder = id_of(build_id), AutonomousCoder()
    with refusals(as_json=as_json):
        if edit:
            _edit(coder, key)
        elif file is not None:
            text = typer.get_text_stream("stdin").read() if file == "-" else _read(Path(file))
            _save(coder, key, text, version=_version(text))
        elif undo:
            _done(key, coder.undo_spec(key))
        else:
            _show(coder, key, as_json=as_json)


def approve(build_id: BuildId) -> None:
    """Let a build go on that waits for a review of its Spec.

    Exit code: 0 done, 1 it does not wait.
    """
    with refusals(as_json=False):
        AutonomousCoder().approve(id_of(build_id))
    typer.echo(f"Approved. Where no process runs it: autodev resume {build_id}", err=True)


def _show(coder: AutonomousCoder, key: uuid.UUID, *, as_json: bool) -> None:
    seen = coder.spec(key)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(seen), indent=2, ensure_ascii=False))
        return
    typer.echo(f"# version {seen.version}\n{seen.text}", nl=False)


def _edit(coder: AutonomousCoder, key: uuid.UUID) -> None:
    """Until it is a Spec, or until the person has enough; what was typed is then kept in a file."""
    seen = coder.spec(key)
    text = seen.text
    while True:
        new = typed(text, suffix=".yaml")
        if new == text == seen.text:
            typer.echo("Nothing was changed.", err=True)
            return
        try:
            _save(coder, key, new, version=seen.version)
        except (DomainError, typer.Exit) as error:
            if isinstance(error, DomainError):
                errors.print(f"{error.message} {error.hint}", style="red")
            text = new
            if not _again():
                kept = Path.cwd() / f"spec-{str(key)[-8:]}.yaml"
                kept.write_text(f"# version {seen.version}\n{new}", encoding="utf-8")
                typer.echo(f"Kept in {kept}; go on with: autodev spec {key} --file {kept.name}", err=True)
                raise typer.Exit(EXIT_FAILED) from error
        else:
            return


def _again() -> bool:
    try:
        return typer.confirm("Edit it again?", default=True, err=True)
    except (typer.Abort, EOFError):  # no terminal to ask at
        return False


def _save(coder: AutonomousCoder, key: uuid.UUID, text: str, *, version: int | None) -> None:
    """Raises typer.Exit after it told what is wrong, and the domain error of anything else."""
    try:
        number = coder.edit_spec(key, text, version=version)
    except DomainError as error:
        problems: list[Problem] = getattr(error, "problems", [])
        if not problems:
            raise
        for one in problems:
            place = f"line {one.line}: " if one.line else ""
            errors.print(f"{place}{one.where}: {one.message} {one.hint}".rstrip(), style="red")
        raise typer.Exit(EXIT_FAILED) from error
    _done(key, number)


def _done(key: uuid.UUID, number: int) -> None:
    typer.echo(f"The Spec is at version {number}. autodev resume {key} goes on with it.", err=True)


def _version(text: str) -> int | None:
    """What `--show` wrote into the first line, so that a later version is not overwritten."""
    found = HEAD.match(text)
    return int(found[1]) if found else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="--file") from error
