"""`autodev builds`: the builds of this machine, newest first."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from autodev.cli.live import STATE_COLOURS
from autodev.cli.terminal import Terminal
from autodev.coder.local import set_up


def builds(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the builds, newest first: how far each is, and the id that `autodev resume` takes."""
    set_up()
    rows = _rows(limit)
    if as_json:
        typer.echo(json.dumps(rows, default=str, indent=2))
        return
    console = Terminal()
    if not rows:
        console.print('No builds yet. Try: autodev build "Create a REST API for a todo app with authentication"')
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Started", "State", "", "Idea", "Id"):
        table.add_column(heading, no_wrap=heading != "Idea")
    for row in rows:
        colour = STATE_COLOURS.get(row["state"], "default")
        words = " ".join(row["idea"].split())
        table.add_row(
            f"{row['created_at']:%Y-%m-%d %H:%M}",
            Text(row["state"], style=colour),
            f"{row['progress']}%",
            Text(words if len(words) <= 60 else f"{words[:59]}…"),
            str(row["id"]),
        )
    console.print(table)


def _rows(limit: int) -> list[dict[str, Any]]:
    from projects.models import Build  # noqa: PLC0415 - models can be imported only after set_up

    fields = ("id", "idea", "state", "phase", "progress", "degraded", "created_at", "finished_at")
    return list(Build.objects.order_by("-created_at").values(*fields)[:limit])
