"""`autodev recovery requests`, `answer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from autodev.cli.recovery.frame import (
    AsJson,
    NoteOption,
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
    from recovery.models import HumanRequest

SHOWN = 1000


def requests(
    request: Annotated[str, typer.Argument(metavar="[ID]", show_default=False, help="One, with its evidence.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Also those that are closed.")] = False,
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """List what a person is asked; with ID show one with everything needed to answer it."""
    place, _ = workspace_of(workspace)
    from recovery.api.serializers.decisions import RequestDetail, RequestOut  # noqa: PLC0415 - after set_up
    from recovery.selectors.requests import request_of  # noqa: PLC0415
    from recovery.selectors.requests import requests as rows_of  # noqa: PLC0415

    if request:
        key = key_of(request, "question")
        with refusals():
            found = request_of(place.pk, key)
        print_json(RequestDetail(found).data) if as_json else _show(found)
        return
    rows = list(rows_of(place.pk, state="" if all_ else "open")[:SHOWN])
    if as_json:
        print_json(RequestOut(rows, many=True).data)
        return
    if not rows:
        console.print("Nobody is asked anything.")
        return
    shown = table(("State", "Question", "Asked", "Closes", "Id"), wide=("Question",))
    for one in rows:
        shown.add_row(
            state(one.state, one.get_state_display()), Text(clipped(one.question, 90)), when(one.created_at),
            when(one.until), str(one.pk),
        )  # fmt: skip
    console.print(shown)


def answer(
    request: Annotated[str, typer.Argument(metavar="ID", show_default=False, help="A question's id.")],
    choice: Annotated[
        str, typer.Argument(metavar="ANSWER", show_default=False, help="One of its answers, as `requests ID` lists.")
    ],
    note: NoteOption = "",
    yes: YesOption = False,
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """Answer a question. Accepting and giving up ask first.

    Exit code: 0 done, 1 refused or not wanted, 2 wrong usage.
    """
    place, user = workspace_of(workspace)
    from autodev.accounts.models import Role  # noqa: PLC0415 - models can be imported only now
    from recovery.api.serializers.decisions import RequestDetail  # noqa: PLC0415
    from recovery.requests import answer_request  # noqa: PLC0415
    from recovery.selectors.asked import answers_of  # noqa: PLC0415
    from recovery.selectors.requests import request_of  # noqa: PLC0415

    key = key_of(request, "question")
    with refusals():
        row = request_of(place.pk, key)
    offered = {one.value: one for one in answers_of(row)}
    if choice not in offered:
        raise fail(f"{choice!r} is none of its answers: {', '.join(offered)}.", code=2)
    if offered[choice].confirm:
        ask(f"{offered[choice].confirm} {offered[choice].label}?", yes=yes)
    with refusals():
        answer_request(request=row, user=user, role=Role.OWNER, answer=choice, note=note)
    if as_json:
        print_json(RequestDetail(request_of(place.pk, key)).data)
        return
    console.print(f"Answered: {offered[choice].label.lower()}.")
    console.print(f"Where no worker runs it: autodev resume {row.build_id}", style="dim")


def _show(row: HumanRequest) -> None:
    from recovery.selectors.asked import answers_of, parts_of  # noqa: PLC0415 - models can be imported only now

    console.print(Text.assemble((row.question, "bold"), " ", state(row.state, row.get_state_display())))
    for part in parts_of(row):
        console.print(f"\n{part.title}", style="bold")
        for line in part.lines:
            console.print(f"- {line}")
        if part.text:
            console.print(part.text.rstrip())
    console.print("\nAnswers", style="bold")
    answers = table(("", " "), wide=(" ",))
    for one in answers_of(row):
        answers.add_row(one.value, Text(one.told))
    console.print(answers)
