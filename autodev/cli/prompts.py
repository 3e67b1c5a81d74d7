"""`autodev prompts`: versions of prompts side by side."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from autodev.cli.recovery.frame import AsJson, console, print_json, table, when
from autodev.cli.workspaces import WorkspaceOption, workspace_of


def prompts(
    name: Annotated[str, typer.Argument(metavar="[NAME]", show_default=False, help="Only this prompt.")] = "",
    workspace: WorkspaceOption = "",
    as_json: AsJson = False,
) -> None:
    """Compare versions of prompts: uses, valid answers, work that passed, tokens, cost."""
    place, _ = workspace_of(workspace)
    from providers.api.views.prompts import PromptOut  # noqa: PLC0415 - models can be imported only after set_up
    from providers.prompts.workspace import figures_of  # noqa: PLC0415

    rows = [one for one in figures_of(place.pk) if name in {"", one.name}]
    if as_json:
        print_json(PromptOut(rows, many=True).data)
        return
    shown = table(("Prompt", "", "Uses", "Valid", "Passed", "Tokens", "Cost", "Last used"))
    for one in rows:
        mark = "pinned" if one.pinned else "in use" if one.holds else "" if one.there else "gone"
        shown.add_row(
            f"{one.name}@{one.version}", Text(mark, style="green"), str(one.uses),
            f"{one.valid} of {one.calls}" if one.calls else "–",
            f"{one.passed} of {one.judged}" if one.judged else "–",
            f"{one.input_tokens} / {one.output_tokens}", f"$ {one.cost_usd:.4f}", when(one.last_used_at),
        )  # fmt: skip
    console.print(shown if rows else f"There is no prompt {name!r}.")
