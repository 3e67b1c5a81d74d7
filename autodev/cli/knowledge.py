"""`autodev knowledge`: what fixed what, switched on and off, deleted and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from autodev.cli.recovery.frame import AsJson, clipped, console, key_of, print_json, refusals, state, table, when
from autodev.cli.workspaces import WorkspaceOption, workspace_of

if TYPE_CHECKING:
    from autodev.accounts.models import Workspace
    from projects.models import LearnedFix

app = typer.Typer(help="What fixed what: learned fixes and patterns.", no_args_is_help=True)
FixId = Annotated[str, typer.Argument(metavar="FIX", show_default=False, help="A learned fix's id.")]


@app.command("list")
def list_(
    only: Annotated[str, typer.Option("--state", help="`on` or `off`.")] = "",
    check: Annotated[str, typer.Option(help="A rung of the ladder.")] = "",
    query: Annotated[str, typer.Option(help="In rule, finding and provider.")] = "",
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """List learned fixes, newest first."""
    place, _ = workspace_of(workspace)
    from projects.api.knowledge_serializers import LearnedFixOut  # noqa: PLC0415 - models can be imported only now
    from projects.selectors.knowledge import learned_of  # noqa: PLC0415

    rows = list(learned_of(place, state=only, check=check, query=query)[:500])
    if as_json:
        print_json(LearnedFixOut(rows, many=True).data)
        return
    if not rows:
        console.print("Nothing learned.")
        return
    shown = table(("State", "Finding", "Worked", "By", "Last used", "Id"), wide=("Finding",))
    for one in rows:
        worked = f"{one.successes} of {one.uses}" if one.uses else "–"
        mark = state("active", "on") if one.enabled else Text("off", style="yellow")
        finding = Text(clipped(f"{one.check_key} {one.rule}: {one.example}", 120))
        shown.add_row(mark, finding, worked, one.provider, when(one.used_at), str(one.pk))
    console.print(shown)


@app.command()
def patterns(workspace: WorkspaceOption = "", as_json: AsJson = False) -> None:
    """List the pattern fixes, and how they did in the newest builds."""
    place, _ = workspace_of(workspace)
    from projects.api.knowledge_serializers import PatternOut  # noqa: PLC0415 - models can be imported only now
    from projects.selectors.knowledge import patterns_of  # noqa: PLC0415

    rows = patterns_of(place)
    if as_json:
        print_json(PatternOut(rows, many=True).data)
        return
    shown = table(("Pattern", "Worked", "What it answers"), wide=("What it answers",))
    for one in rows:
        shown.add_row(one.key, f"{one.kept} of {one.uses}" if one.uses else "–", Text(one.about))
    console.print(shown)


@app.command()
def on(fix: FixId, workspace: WorkspaceOption = "") -> None:
    """Try a fix again that was switched off."""
    _switch(fix, workspace, enabled=True)


@app.command()
def off(fix: FixId, workspace: WorkspaceOption = "") -> None:
    """Do not try a fix any more."""
    _switch(fix, workspace, enabled=False)


@app.command()
def delete(fix: FixId, workspace: WorkspaceOption = "") -> None:
    """Delete a fix; says how to take that back."""
    place, user = workspace_of(workspace)
    from projects.services.knowledge import learned_fix_delete  # noqa: PLC0415 - models can be imported only now

    with refusals():
        event = learned_fix_delete(fix=_fix(place, fix), user=user)
    console.print(f"Deleted. To take it back: autodev knowledge restore {event.pk}")


@app.command()
def restore(
    event: Annotated[str, typer.Argument(metavar="EVENT", show_default=False, help="As `delete` says it.")],
    workspace: WorkspaceOption = "",
) -> None:
    """Take a deletion back."""
    place, user = workspace_of(workspace)
    from projects.services.knowledge import learned_fix_restore  # noqa: PLC0415 - models can be imported only now

    with refusals():
        learned_fix_restore(workspace=place, event_id=key_of(event, "deletion"), user=user)
    console.print("It is back.")


def _switch(fix: str, workspace: str, *, enabled: bool) -> None:
    place, user = workspace_of(workspace)
    from projects.services.knowledge import learned_fix_switch  # noqa: PLC0415 - models can be imported only now

    with refusals():
        learned_fix_switch(fix=_fix(place, fix), user=user, enabled=enabled)
    console.print("It is tried again." if enabled else "It is not tried any more.")


def _fix(place: Workspace, text: str) -> LearnedFix:
    from projects.selectors.knowledge import learned_fix_of  # noqa: PLC0415 - models can be imported only now

    return learned_fix_of(place, key_of(text, "learned fix"))
