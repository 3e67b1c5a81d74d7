"""`autodev say BUILD TEXT`, `autodev questions`, `autodev answer QUESTION TEXT`: a person and a build that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from autodev.cli.recovery.frame import AsJson, clipped, console, key_of, print_json, refusals, state, table, when
from autodev.cli.workspaces import WorkspaceOption, fail, workspace_of

if TYPE_CHECKING:
    from autodev.accounts.models import Workspace
    from projects.models import Build

BuildId = Annotated[str, typer.Argument(metavar="BUILD", show_default=False, help="A build's id.")]


def say(
    build_id: BuildId,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", show_default=False, help="What it should know; `-` reads the input.")
    ],
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """Say something to whoever works on a build; it is heard at the next step.

    Exit code: 0 sent, 1 refused.
    """
    place, user = workspace_of(workspace)
    from projects.api.steering_serializers import MessageSent  # noqa: PLC0415 - models can be imported only now
    from projects.selectors.steering import listening  # noqa: PLC0415
    from projects.selectors.tasks import tasks_of  # noqa: PLC0415
    from projects.services.steering import message_send  # noqa: PLC0415

    build = _build(place, build_id)
    with refusals():
        row = message_send(build=build, user=user, text=typer.get_text_stream("stdin").read() if text == "-" else text)
    heard = listening(build, tasks_of(build))
    if as_json:
        print_json(MessageSent(row, context={"listening": heard}).data)
        return
    console.print(f"Sent. {heard.why}", style="" if heard.hears else "yellow")


def questions(
    build_id: Annotated[
        str, typer.Argument(metavar="[BUILD]", show_default=False, help="All of this build, also those answered.")
    ] = "",
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """List what builds ask and wait for; with BUILD all that it asked."""
    place, _ = workspace_of(workspace)
    from projects.api.steering_serializers import QuestionOut  # noqa: PLC0415 - models can be imported only now
    from projects.selectors.steering import open_questions_in, questions_of  # noqa: PLC0415

    rows = list(questions_of(_build(place, build_id))[:200]) if build_id else open_questions_in(place)
    if as_json:
        print_json(QuestionOut(rows, many=True).data)
        return
    if not rows:
        console.print("Nothing is asked.")
        return
    shown = table(("State", "Question", "Else", "Until", "Id"), wide=("Question", "Else"))
    for one in rows:
        told = one.answer or f"assumes: {one.assumption}"
        shown.add_row(
            state(one.state, one.get_state_display()), Text(clipped(one.text, 200)), Text(clipped(told, 120)),
            when(one.until), str(one.pk),
        )  # fmt: skip
    console.print(shown)


def answer(
    question: Annotated[str, typer.Argument(metavar="QUESTION", show_default=False, help="A question's id.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", show_default=False, help="The answer.")],
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """Answer a build's question. Where it has gone on with its assumption, the answer goes to it as a message.

    Exit code: 0 done, 1 refused.
    """
    place, user = workspace_of(workspace)
    from projects.api.steering_serializers import QuestionOut  # noqa: PLC0415 - models can be imported only now
    from projects.models import Question  # noqa: PLC0415
    from projects.services.steering import question_answer  # noqa: PLC0415

    row = Question.objects.filter(pk=key_of(question, "question"), build__workspace=place).first()
    if row is None:
        raise fail("There is no such question.")
    with refusals():
        row = question_answer(question=row, user=user, text=text)
    if as_json:
        print_json(QuestionOut(row).data)
        return
    late = row.state != "answered"
    console.print("It had gone on with its assumption; your answer went to it as a message." if late else "Answered.")


def _build(place: Workspace, text: str) -> Build:
    from projects.models import Build  # noqa: PLC0415 - models can be imported only after set_up

    found = Build.objects.filter(pk=key_of(text, "build"), workspace=place).first()
    if found is None:
        raise fail("There is no such build.")
    return found
