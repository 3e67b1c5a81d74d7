"""`autodev drill`: a provider broken on purpose, in one workspace, and what became of the work."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from autodev.cli.terminal import Terminal
from autodev.cli.workspaces import WorkspaceOption, fail, workspace_of
from autodev.lib.errors import DomainError

if TYPE_CHECKING:
    from autodev.accounts.models import Workspace
    from providers.models import Drill

console = Terminal(highlight=False, soft_wrap=True)
progress = Terminal(stderr=True, highlight=False, soft_wrap=True)
WORDS = {
    "requests": "Requests that met it",
    "rescued": "  answered by another provider",
    "lost": "  lost",
    "calls_that_met_it": "Calls that met it",
    "failure_kinds": "  seen as",
    "served_by": "Served by",
    "switches": "Switches",
    "noticed_after_ms": "Spared again after, ms",
    "p50_ms": "Median answer, ms",
    "p50_before_ms": "  before the drill, ms",
}


def drill(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", show_default=False)] = "",
    fault: Annotated[str, typer.Option(help="What breaks; --list names the faults.")] = "unavailable",
    share: Annotated[float, typer.Option(min=0.001, max=1, help="Which part of its calls meets it.")] = 1.0,
    duration: Annotated[int, typer.Option(min=1, max=3600, help="Seconds.")] = 60,
    calls: Annotated[
        int, typer.Option(min=0, max=10_000, help="Send so many small requests; the drill ends with the last one.")
    ] = 0,
    list_: Annotated[bool, typer.Option("--list", help="Name the providers and the faults.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Break a provider on purpose and see what becomes of the work. Only calls of this workspace meet the fault; the
    provider itself is not harmed. Requests that --calls sends are paid like any other. Ctrl-C ends the drill.

    Exit code: 0 no request was lost, 1 one was or the drill could not start, 2 wrong usage.
    """
    place, user = workspace_of(workspace)
    from providers.config.defaults import ensure_defaults  # noqa: PLC0415 - models can be imported only now
    from providers.models import Provider  # noqa: PLC0415
    from providers.services.drills import drill_start, drill_stop  # noqa: PLC0415

    ensure_defaults(place)
    if list_ or not provider:
        _list(place)
        return
    row = Provider.objects.filter(workspace=place, name=provider).first()
    if row is None:
        raise fail(f"There is no provider {provider!r}; `autodev drill --list` names them.", code=2)
    if calls:
        from providers.drill.traffic import prepare  # noqa: PLC0415 - models can be imported only now

        asyncio.run(prepare(place.pk))
    try:
        made = drill_start(workspace=place, provider=row, fault=fault, share=share, duration_s=duration, actor=user)
    except DomainError as error:
        raise fail(f"{error} {error.hint}".strip(), code=2) from error
    progress.print(f"{provider} is broken ({fault}) for {duration} s; Ctrl-C ends it.")
    try:
        _meanwhile(place, made, calls=calls, duration_s=duration)
    except KeyboardInterrupt:
        progress.print("Ended early.")
    finally:
        report = drill_stop(drill=made, actor=user).report or {}
    _print(report, as_json=as_json)
    if report.get("lost"):
        raise typer.Exit(1)


def _meanwhile(place: Workspace, made: Drill, *, calls: int, duration_s: int) -> None:
    """Sends the traffic, or waits for that of others."""
    if not calls:
        time.sleep(duration_s)
        return
    from providers.drill.traffic import Tally, send  # noqa: PLC0415 - models can be imported only now

    tally = Tally()

    async def within() -> None:
        async with asyncio.timeout(duration_s):
            await send(place.pk, calls, tally=tally)

    try:
        asyncio.run(within())
    except TimeoutError:
        progress.print(f"The time was over after {tally.done} of {calls} requests.")
    for who, number in tally.answered.most_common():
        progress.print(f"{number} answered by {who}")
    for why, number in tally.lost.most_common():
        progress.print(f"{number} without an answer: {why}")


def _list(place: Workspace) -> None:
    from providers.drill.faults import FAULTS  # noqa: PLC0415 - models can be imported only now
    from providers.models import Provider  # noqa: PLC0415
    from providers.services.drills import undrillable  # noqa: PLC0415

    rows = Provider.objects.filter(workspace=place, enabled=True).order_by("pk")
    names = [row.name for row in rows if not undrillable(row)]
    console.print(f"Providers: {', '.join(names)}")
    table = Table(box=None, pad_edge=False)
    table.add_column("Fault", no_wrap=True)
    table.add_column("What it plays")
    for name, one in FAULTS.items():
        table.add_row(name, one.what)
    console.print(table)


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report, indent=2))
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for key, words in WORDS.items():
        table.add_row(words, _shown(report.get(key)))
    console.print(table)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items()) or "–"
    return "–" if value is None else str(value)
