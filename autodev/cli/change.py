"""`autodev change ID "…"`, `autodev merge ID`, `autodev discard ID`, `autodev undo ID`: software that is there is
changed in words, proved, and taken or left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autodev.cli.build import budget_of, deadline_of, id_of, refusals, run_shown
from autodev.coder import AutonomousCoder
from autodev.coder.types import BuildResult

BuildId = Annotated[str, typer.Argument(help="The build's id, as `autodev builds` shows it.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the repository goes.")]
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="An autodev.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Merge = Annotated[bool, typer.Option("--merge", help="Merge it by itself where its gate is green.")]


def change(
    build_id: BuildId,
    text: Annotated[str, typer.Argument(help="What should be different, in plain words; `-` reads standard input.")],
    merge: Merge = False,
    out: Out = None,
    config: Config = None,
    deadline: Annotated[str | None, typer.Option(help="A moment (ISO 8601), or a duration: 90s, 10m, 2h.")] = None,
    budget: Annotated[str | None, typer.Option(metavar="USD", help="What models may cost at most.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change what a build delivered. The change is made on a branch and proved like a build.

    Exit code: as `autodev build`.
    """
    key, coder = id_of(build_id), AutonomousCoder(config)
    words = typer.get_text_stream("stdin").read() if text == "-" else text
    until, most = deadline_of(deadline), budget_of(budget)
    run_shown(
        lambda on_progress: coder.change(
            key, words, merge=merge, deadline=until, budget=most, output_path=out, on_progress=on_progress
        ),
        as_json=as_json,
        then=next_step,
    )


def next_step(result: BuildResult) -> str:
    """Where the change stands, and the command that moves it."""
    if result.merged:
        return "Merged into the project's main line."
    if result.project_path is None:
        return "Not merged: nothing was delivered. The main line is as it was."
    more = "" if result.success else " --accept-degraded"
    return f"Not merged yet: autodev merge {result.build_id}{more}, or autodev discard {result.build_id}"


def merge(
    build_id: BuildId,
    accept_degraded: Annotated[
        bool, typer.Option("--accept-degraded", help="Take it although not all of it is proved.")
    ] = False,
    out: Out = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Merge a change into its project's main line. Where that went on since, both are proved together first.

    Exit code: as `autodev build`.
    """
    key, coder = id_of(build_id), AutonomousCoder(config)
    run_shown(
        lambda on_progress: coder.merge(
            key, accept_degraded=accept_degraded, output_path=out, on_progress=on_progress
        ),
        as_json=as_json,
        then=next_step,
    )  # fmt: skip


def discard(build_id: BuildId, config: Config = None, as_json: AsJson = False) -> None:
    """Keep a change out of the main line for good. Its build stays to be looked at."""
    with refusals(as_json=as_json):
        AutonomousCoder(config).discard(id_of(build_id))
    if not as_json:
        typer.echo("Discarded.")


def undo(
    build_id: BuildId, merge: Merge = False, out: Out = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Take a merged change out of the main line again, as a change of its own.

    Exit code: as `autodev build`.
    """
    key, coder = id_of(build_id), AutonomousCoder(config)
    run_shown(
        lambda on_progress: coder.undo(key, merge=merge, output_path=out, on_progress=on_progress),
        as_json=as_json,
        then=next_step,
    )
