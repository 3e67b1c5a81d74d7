"""`autodev rollback ID CHECKPOINT`, `autodev replay ID [--from STEP]`: a build begins again from an earlier point."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from autodev.cli.build import id_of, refusals, run_shown
from autodev.cli.terminal import Terminal
from autodev.coder import AutonomousCoder, Checkpoint

BuildId = Annotated[str, typer.Argument(help="The build's id, as `autodev builds` shows it.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the repository goes.")]
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="An autodev.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def rollback(
    build_id: BuildId,
    checkpoint: Annotated[
        str | None, typer.Argument(help="A checkpoint's commit or id; without it they are listed.")
    ] = None,
    out: Out = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Take a build back to a checkpoint and run it from there. Nothing is deleted.

    Exit code: as `autodev build`.
    """
    key, coder = id_of(build_id), AutonomousCoder(config)
    if checkpoint is None:
        with refusals(as_json=as_json):
            _list(coder.checkpoints(key), as_json=as_json)
        return
    run_shown(
        lambda on_progress: coder.rollback(key, checkpoint, output_path=out, on_progress=on_progress), as_json=as_json
    )


def replay(
    build_id: BuildId,
    start: Annotated[
        str, typer.Option("--from", metavar="STEP", help="A task (`plan`, `implement`, …) or a step's id.")
    ] = "",
    out: Out = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Run a build again, from its beginning or from a task or step. Nothing is deleted.

    Exit code: as `autodev build`.
    """
    key, coder = id_of(build_id), AutonomousCoder(config)
    run_shown(lambda on_progress: coder.replay(key, start, output_path=out, on_progress=on_progress), as_json=as_json)


def _list(checkpoints: list[Checkpoint], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(one) for one in checkpoints], default=str, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Commit", "Made", "Task", "Step", ""):
        table.add_column(heading, no_wrap=heading != "Step")
    for one in checkpoints:
        made = f"{one.created_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(one.commit[:12], made, one.task, Text(one.title), "undone" if one.undone else "")
    Terminal().print(table if checkpoints else "The build has made no checkpoint yet.")
