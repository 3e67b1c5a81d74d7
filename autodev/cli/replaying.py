"""`autodev providers replay STRATEGY`: what another strategy would have done with the requests of the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from autodev.cli.terminal import Terminal
from autodev.cli.workspaces import WorkspaceOption, fail, workspace_of

if TYPE_CHECKING:
    from providers.ledger.replays import Comparison

console = Terminal(highlight=False, soft_wrap=True)


def replay(
    strategy: Annotated[str, typer.Argument(metavar="STRATEGY", help="cost_based, round_robin, …", show_default=False)],
    last: Annotated[int, typer.Option(min=1, max=5000, help="So many of the newest decisions.")] = 1000,
    kind: Annotated[str, typer.Option(help="Only those of this kind of task.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Replay a strategy against the ledger: who would have been asked first, and what that lets expect. Nobody is
    asked, nothing is changed."""
    place, _ = workspace_of(workspace)
    from providers.ledger.replays import compared  # noqa: PLC0415 - models can be imported only now
    from providers.states import Strategy  # noqa: PLC0415

    if strategy not in Strategy.values:
        raise fail(f"There is no strategy {strategy!r}; there are: {', '.join(Strategy.values)}.", code=2)
    found = compared(place.pk, Strategy(strategy), newest=last, task_kind=kind)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
        return
    _print(found)


def _print(found: Comparison) -> None:
    if not found.replayed:
        console.print("There is no decision yet that can be replayed.")
        return
    console.print(
        f"{found.replayed} of {found.decisions} decisions replayed by {found.strategy}; "
        f"{found.moved} would have gone to another provider."
    )
    table = Table(box=None, pad_edge=False)
    for heading in ("", "as it was", "by " + found.strategy):
        table.add_column(heading, no_wrap=True)
    for name in sorted({*found.then, *found.now}, key=lambda one: (-found.then[one], one)):
        table.add_row(f"first asked: {name or 'nobody'}", str(found.then[name]), str(found.now[name]))
    table.add_row("cost, USD", f"{found.cost_then_usd:.4f}", f"{found.cost_now_usd:.4f}")
    table.add_row("calls that succeed", _share(found.success_then), _share(found.success_now))
    table.add_row("median answer, ms", _number(found.ms_then), _number(found.ms_now))
    console.print(table)
    console.print("Success and time are those of the providers' calls of that time.", style="dim")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
