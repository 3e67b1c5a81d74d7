"""`autodev recovery dead-letters`, `replay`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from autodev.cli.editing import typed
from autodev.cli.recovery.acts import done
from autodev.cli.recovery.frame import (
    AsJson,
    TaskArgument,
    YesOption,
    ask,
    clipped,
    console,
    key_of,
    print_json,
    refusals,
    state,
    table,
    when,
)
from autodev.cli.workspaces import WorkspaceOption, fail, workspace_of

if TYPE_CHECKING:
    from recovery.selectors.dead import DeadLetter

SHOWN = 1000


def dead_letters(
    task: Annotated[str, typer.Argument(metavar="[TASK]", show_default=False, help="One, with its evidence.")] = "",
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """List tasks that recovery gave up on, or that took their worker down three times; with TASK show one with its
    attempts, its input and the end of its output."""
    place, _ = workspace_of(workspace)
    from recovery.api.serializers.state import DeadLetterDetail, DeadLetterOut  # noqa: PLC0415 - after set_up
    from recovery.selectors.dead import dead_letter, dead_tasks, with_attempts  # noqa: PLC0415

    if task:
        key = key_of(task, "task")
        with refusals():
            letter = dead_letter(place.pk, key)
        print_json(DeadLetterDetail(letter).data) if as_json else _show(letter)
        return
    letters = with_attempts(dead_tasks(place.pk)[:SHOWN])
    if as_json:
        print_json(DeadLetterOut(letters, many=True).data)
        return
    if not letters:
        console.print("There is no dead letter.")
        return
    rows = table(("State", "Task", "Why", "Attempts", "Task's id"), wide=("Task", "Why"))
    for one in letters:
        rows.add_row(
            state(one.task.state), Text(clipped(one.task.title, 40)), Text(clipped(one.task.last_error, 80)),
            str(len(one.attempts)), str(one.task.pk),
        )  # fmt: skip
    console.print(rows)


def replay(
    task: TaskArgument,
    edit: Annotated[bool, typer.Option("--edit", help="Edit its input in $VISUAL or $EDITOR first.")] = False,
    params: Annotated[
        str, typer.Option("--params", metavar="FILE", help="Its new input, a JSON object; `-` is the standard input.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the activity.")] = "",
    yes: YesOption = False,
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """Run a dead letter again with its counters at zero; a build that had ended begins again there. It asks first.

    Exit code: 0 done, 1 refused or not wanted, 2 wrong usage.
    """
    if edit and params:
        raise fail("One of --edit and --params at a time.", code=2)
    place, user = workspace_of(workspace)
    from recovery.members import replay_task  # noqa: PLC0415 - models can be imported only now
    from recovery.selectors.dead import dead_letter  # noqa: PLC0415

    key = key_of(task, "task")
    with refusals():
        letter = dead_letter(place.pk, key)
        edited = _edited(letter) if edit else _given(params)
    begins = " Its build is no longer ended." if letter.task.build.is_final else ""
    ask(f"“{letter.task.title}” runs again, and what depends on it.{begins} Replay?", yes=yes)
    with refusals():
        given = None if edited is None else {**letter.guidance, **edited}
        replay_task(task=letter.task, user=user, params=given, reason=reason)
    done(letter.task, f"“{letter.task.title}” runs again.", as_json=as_json)


def _show(letter: DeadLetter) -> None:
    task = letter.task
    console.print(Text.assemble((task.title, "bold"), " ", state(task.state, task.get_state_display())))
    console.print(f"{task.error_kind}: {task.last_error}")
    rows = table(("Attempt", "Outcome", "Worker", "Provider", "Started"))
    for one in letter.attempts:
        rows.add_row(
            str(one.epoch), state(one.outcome, one.get_outcome_display()), one.owner, one.provider or "–",
            when(one.started_at),
        )  # fmt: skip
    console.print(rows)
    console.print(f"Its input: {json.dumps(letter.visible, ensure_ascii=False)}")
    if letter.tail:
        console.print("The end of its output:", style="bold")
        console.print(letter.tail.rstrip())
    if letter.replayable:
        console.print(f"Run it again: autodev recovery replay {task.pk}", style="dim")


def _edited(letter: DeadLetter) -> dict[str, Any] | None:
    """None where nothing was changed."""
    text = json.dumps(letter.visible, indent=2, ensure_ascii=False)
    new = typed(text, suffix=".json")
    return None if new.strip() == text else _object(new, "What you typed")


def _given(file: str) -> dict[str, Any] | None:
    if not file:
        return None
    try:
        text = typer.get_text_stream("stdin").read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"{file}: {error}", code=2) from error
    return _object(text, file)


def _object(text: str, what: str) -> dict[str, Any]:
    """Ends the command with 2 for what is no JSON object that can be stored."""
    from recovery.views.forms import ReplayForm  # noqa: PLC0415 - models can be imported only now

    form = ReplayForm({"params": text})
    if not form.is_valid():
        raise fail(f"{what}: {' '.join(map(str, form.errors['params']))}", code=2)
    found: dict[str, Any] = form.cleaned_data["params"] or {}
    return found
