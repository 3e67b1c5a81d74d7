"""`autodev explain BUILD QUESTION`: a model answers from the files that a build made."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from autodev.cli.recovery.frame import AsJson, console, key_of, print_json, refusals
from autodev.cli.workspaces import WorkspaceOption, fail, workspace_of

if TYPE_CHECKING:
    from projects.models import Build


def explain(
    build_id: Annotated[str, typer.Argument(metavar="BUILD", show_default=False, help="A build's id.")],
    question: Annotated[
        str, typer.Argument(metavar="[QUESTION]", show_default=False, help="Without one: what was asked so far.")
    ] = "",
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """Ask why or how something in a build's product is as it is; the answer is kept with the build.

    Exit code: 0 answered, 1 refused or no answer.
    """
    place, user = workspace_of(workspace)
    from projects.api.explain_serializers import ExplainedOut  # noqa: PLC0415 - models can be imported only now
    from projects.pipeline.explain import answer  # noqa: PLC0415
    from projects.selectors.explained import explained_of  # noqa: PLC0415
    from projects.services.explain import explain_ask  # noqa: PLC0415

    build = _build(place.pk, build_id)
    if not question:
        rows = explained_of(build.pk)
        if as_json:
            print_json(ExplainedOut(rows, many=True).data)
        for one in [] if as_json else rows:
            console.print(f"{one.question}\n  {one.text or one.why or 'not answered yet'}")
        return
    with refusals():
        asked = explain_ask(build=build, question=question, user=user)
    found = answer(build.pk, asked.id)
    if as_json:
        print_json(ExplainedOut(found).data)
    elif found.state == "answered":
        console.print(found.text)
        if found.paths:
            console.print(f"\nRead in: {', '.join(found.paths)}; answered by {found.provider}.")
    if found.state == "failed":
        raise fail(f"There is no answer: {found.why}")


def _build(workspace_id: uuid.UUID, text: str) -> Build:
    from projects.models import Build  # noqa: PLC0415 - models can be imported only after set_up

    found = Build.objects.filter(pk=key_of(text, "build"), workspace_id=workspace_id).first()
    if found is None:
        raise fail("There is no such build.")
    return found
