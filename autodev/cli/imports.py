"""`autodev import PATH|URL`: a repository from elsewhere is taken in and measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autodev.cli.build import run_shown
from autodev.coder import AutonomousCoder


def import_(
    source: Annotated[str, typer.Argument(help="An https address, or a path: a repository, folder, bundle or zip.")],
    branch: Annotated[str, typer.Option(help="Another branch than its head.")] = "",
    name: Annotated[str, typer.Option(help="What the project is called; default: the repository's name.")] = "",
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the repository goes.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="An autodev.yaml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Take a repository in, with its history, and measure it by its own tests; `autodev change` then changes it.

    Exit code: as `autodev build`; 3 where something was red when it came.
    """
    coder = AutonomousCoder(config)
    run_shown(
        lambda on_progress: coder.import_repository(
            source, branch=branch, name=name, output_path=out, on_progress=on_progress
        ),
        as_json=as_json,
    )
