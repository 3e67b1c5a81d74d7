"""Which workspace a command speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from autodev.cli.terminal import Terminal
from autodev.coder.local import local_owner, set_up

if TYPE_CHECKING:
    from autodev.accounts.models import User, Workspace

WorkspaceOption = Annotated[
    str,
    typer.Option(
        "--workspace", "-w", help="Its short name, as in the pages' addresses; this machine's own if left out."
    ),
]
errors = Terminal(stderr=True, highlight=False, soft_wrap=True)


def workspace_of(slug: str) -> tuple[Workspace, User]:
    """Sets the platform up in this process and gives the workspace with the machine's own user, who has the database
    in hand and may therefore change any. Ends with exit code 2 for a name that is not there."""
    set_up()
    from autodev.accounts.models import Workspace  # noqa: PLC0415 - models can be imported only after set_up

    workspace, user = local_owner()
    if not slug:
        return workspace, user
    found = Workspace.objects.filter(slug=slug).first()
    if found is None:
        names = ", ".join(Workspace.objects.order_by("slug").values_list("slug", flat=True))
        raise fail(f"There is no workspace {slug!r}; there are: {names}.", code=2)
    return found, user


def fail(reason: str, *, code: int = 1) -> typer.Exit:
    """What to raise after the reason was printed."""
    errors.print(reason, style="red")
    return typer.Exit(code)
