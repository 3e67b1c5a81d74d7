"""`autodev recovery status`, `list`, `show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from autodev.cli.recovery.frame import (
    AsJson,
    TaskArgument,
    clipped,
    console,
    print_json,
    refusals,
    state,
    table,
    task_of,
    when,
)
from autodev.cli.workspaces import WorkspaceOption, fail, workspace_of

if TYPE_CHECKING:
    from recovery.selectors.timeline import Turn


def status(workspace: WorkspaceOption = "", as_json: AsJson = False) -> None:
    """Say where the workspace stands, what happens next, and how well recovery does."""
    place, _ = workspace_of(workspace)
    from recovery.api.serializers.metrics import MetricsOut  # noqa: PLC0415 - models can be imported only now
    from recovery.api.serializers.state import StateOut  # noqa: PLC0415
    from recovery.metrics import metrics_of  # noqa: PLC0415
    from recovery.selectors.cards import cards_of  # noqa: PLC0415
    from recovery.selectors.outlook import outlook_of  # noqa: PLC0415

    outlook, metrics = outlook_of(place), metrics_of(place.pk)
    if as_json:
        print_json({"state": StateOut(outlook).data, "metrics": MetricsOut(metrics).data})
        return
    console.print(Text.assemble(place.name, ": ", state(outlook.state, outlook.label)))
    console.print(" ".join(filter(None, (outlook.meaning, outlook.slowed))))
    for sentence in outlook.nexts:
        console.print(f"- {sentence}")
    if outlook.next_at:
        console.print(f"The next one goes on {when(outlook.next_at)}.")
    if outlook.questions:
        console.print(f"{outlook.questions} open: autodev recovery requests", style="yellow")
    if outlook.dead:
        console.print(f"{outlook.dead} dead: autodev recovery dead-letters", style="yellow")
    rows = table(("", " ", "  "), wide=("  ",))
    for card in cards_of(metrics):
        rows.add_row(card.label, card.value, Text(card.hint, style="dim"))
    console.print(rows)


def list_(
    workspace: WorkspaceOption = "",
    outcome: Annotated[str, typer.Option("--state", help="Only those that are recovered, relapsed, …")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what was decided about failures, the newest first."""
    place, _ = workspace_of(workspace)
    from recovery.api.serializers.decisions import RecoveryAttemptOut  # noqa: PLC0415 - models can be imported only now
    from recovery.selectors.decisions import decisions  # noqa: PLC0415
    from recovery.states import RecoveryState  # noqa: PLC0415

    if outcome and outcome not in RecoveryState.values:
        raise fail(f"--state is one of {', '.join(RecoveryState.values)}.", code=2)
    rows = decisions(place.pk, state=outcome)[:limit]
    if as_json:
        print_json(RecoveryAttemptOut(rows, many=True).data)
        return
    if not rows:
        console.print("Nothing was decided: nothing has failed, or nothing fits.")
        return
    headings = ("When", "Task", "Failed with", "Done about it", "Came of it", "Task's id")
    shown = table(headings, wide=headings[1:5])
    for row in rows:
        done = f"{row.get_strategy_display()}{f' ({row.percent} %)' if row.percent else ''}"
        shown.add_row(
            when(row.created_at), Text(clipped(row.task.title, 40)), row.failure_kind, done,
            state(row.state, row.get_state_display()), str(row.task_id),
        )  # fmt: skip
    console.print(shown)


def show(task: TaskArgument, workspace: WorkspaceOption = "", as_json: AsJson = False) -> None:
    """Show a task's timeline: what failed, what was thought, what was tried, what came of it."""
    place, _ = workspace_of(workspace)
    row = task_of(place, task)
    from projects.waits import wait_of  # noqa: PLC0415 - models can be imported only now
    from recovery.api.views.tasks import shown  # noqa: PLC0415
    from recovery.selectors.timeline import timeline_of  # noqa: PLC0415

    if as_json:
        with refusals():
            print_json(shown(row))
        return
    console.print(Text.assemble((row.title, "bold"), " ", state(row.state, row.get_state_display())))
    wait = wait_of(row)
    if wait is not None:
        then = f"; {wait.then} {when(wait.until)}" if wait.until else ""
        console.print(f"{wait.why}{then}.")
    turns = timeline_of(row)
    for turn in turns:
        _print(turn)
    if not turns:
        console.print("It has not been tried yet.")


def _print(turn: Turn) -> None:
    from recovery.selectors.words import told  # noqa: PLC0415 - models can be imported only now

    attempt, decision = turn.attempt, turn.decision
    head = Text(f"\nAttempt {turn.epoch}", style="bold")
    if attempt is not None:
        head.append_text(Text.assemble("  ", state(attempt.outcome, attempt.get_outcome_display())))
        head.append(f"  {attempt.provider or attempt.owner}  {when(attempt.started_at)}", style="dim")
    console.print(head)
    if attempt is not None and attempt.error:
        console.print(f"  failed:  {attempt.error_kind}: {clipped(attempt.error, 300)}")
    if decision is not None:
        words = told(decision)
        console.print(f"  thought: {words.source}, {words.percent} % sure. {' '.join(words.reasons)}")
        for one in words.refused:
            console.print(f"           not {one.label.lower()}: {one.why_not}", style="dim")
        changed = "; ".join(f"{label.lower()} {value}" for label, value in words.changes)
        console.print(f"  tried:   {words.label}{f' ({changed})' if changed else ''}")
        came = Text.assemble("  came:    ", state(decision.state, decision.get_state_display()), f" {decision.outcome}")
        console.print(came)
    if turn.request is not None:
        console.print(f"  asked:   {turn.request.question} [{turn.request.get_state_display()}]")
