"""`autodev recovery retry`, `strategy`, `give-up`, `accept`: what a person decides about a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from autodev.cli.recovery.frame import (
    AsJson,
    NoteOption,
    TaskArgument,
    YesOption,
    ask,
    console,
    print_json,
    refusals,
    table,
    task_of,
)
from autodev.cli.workspaces import WorkspaceOption, fail, workspace_of

if TYPE_CHECKING:
    from projects.models import Task

WHAT = "What it does, or why it is not possible"


def retry(task: TaskArgument, note: NoteOption = "", workspace: WorkspaceOption = "", as_json: AsJson = False) -> None:
    """Let a task that waits go on at once. Its failures so far no longer count.

    Exit code: 0 done, 1 refused, 2 wrong usage.
    """
    place, user = workspace_of(workspace)
    row = task_of(place, task)
    from recovery.members import retry_task  # noqa: PLC0415 - models can be imported only now
    from recovery.selectors.possible import act_on  # noqa: PLC0415

    with refusals():
        retry_task(task=act_on(row), user=user, note=note)
    done(row, f"“{row.title}” goes on at once.", as_json=as_json)


def strategy(
    task: TaskArgument,
    name: Annotated[
        str, typer.Argument(metavar="STRATEGY", show_default=False, help="Without one they are listed.")
    ] = "",
    note: NoteOption = "",
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """Choose how a task that waits goes on, by the rules that recovery keeps to. Without STRATEGY: what is possible,
    and why the rest is not.

    Exit code: 0 done, 1 refused, 2 wrong usage.
    """
    place, user = workspace_of(workspace)
    row = task_of(place, task)
    from recovery.members import choose_strategy  # noqa: PLC0415 - models can be imported only now
    from recovery.selectors.possible import act_on  # noqa: PLC0415
    from recovery.states import Strategy  # noqa: PLC0415

    if not name:
        _list(row, as_json=as_json)
        return
    if name not in Strategy.values:
        raise fail(f"There is no strategy {name!r}; there are: {', '.join(Strategy.values)}.", code=2)
    with refusals():
        choose_strategy(task=act_on(row), user=user, strategy=name, note=note)
    done(row, f"“{row.title}” goes on: {Strategy(name).label.lower()}.", as_json=as_json)


def give_up(
    task: TaskArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the timeline.")] = "",
    yes: YesOption = False,
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """End a task that waits as failed, and what needs it. It asks first; it can be replayed later.

    Exit code: 0 done, 1 refused or not wanted, 2 wrong usage.
    """
    place, user = workspace_of(workspace)
    row = task_of(place, task)
    from recovery.members import give_up_task  # noqa: PLC0415 - models can be imported only now
    from recovery.selectors.possible import act_on  # noqa: PLC0415

    with refusals():
        act_on(row)
    ask(f"“{row.title}” ends as failed, and what needs it does not run. Give up?", yes=yes)
    with refusals():
        give_up_task(task=row, user=user, note=reason)
    done(row, f"“{row.title}” is given up. autodev recovery replay {row.pk} runs it again.", as_json=as_json)


def accept(
    task: TaskArgument, yes: YesOption = False, workspace: WorkspaceOption = "", as_json: AsJson = False
) -> None:
    """Take a degraded, failed or quarantined task as it is: it no longer counts against the workspace. It asks first,
    for it cannot be undone.

    Exit code: 0 done, 1 refused or not wanted, 2 wrong usage.
    """
    place, user = workspace_of(workspace)
    row = task_of(place, task)
    from recovery.members import accept_task  # noqa: PLC0415 - models can be imported only now

    ask(f"“{row.title}” is taken as it is. This cannot be undone. Accept?", yes=yes)
    with refusals():
        accept_task(task=row, user=user)
    done(row, f"“{row.title}” is taken as it is.", as_json=as_json)


def done(row: Task, words: str, *, as_json: bool) -> None:
    """Tells what was done, or gives the task as it is now."""
    from recovery.api.views.tasks import shown  # noqa: PLC0415 - models can be imported only now
    from recovery.selectors.decisions import task_in  # noqa: PLC0415

    if as_json:
        print_json(shown(task_in(row.build.workspace_id, row.pk)))
        return
    console.print(words)
    console.print(f"Where no worker runs it: autodev resume {row.build_id}", style="dim")


def _list(row: Task, *, as_json: bool) -> None:
    from recovery.api.serializers.state import StrategyOut  # noqa: PLC0415 - models can be imported only now
    from recovery.selectors.possible import act_on, choices_of  # noqa: PLC0415

    with refusals():
        choices = choices_of(act_on(row))
    if as_json:
        print_json(StrategyOut(choices, many=True).data)
        return
    rows = table(("Strategy", "Now", WHAT), wide=(WHAT,))
    for one in choices:
        now = Text("no", style="red") if one.why_not else Text("yes", style="green")
        used = f" ({one.params})" if one.params else ""
        rows.add_row(one.strategy, now, Text(one.why_not or f"{one.does}{used}"))
    console.print(rows)
