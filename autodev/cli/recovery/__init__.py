"""`autodev recovery`: what failed, what was done about it, and what a person can do."""

from __future__ import annotations

import typer

from autodev.cli.recovery import acts, dead, reads, requests

app = typer.Typer(
    help="What failed and what was done about it: look, retry, choose, give up, replay, answer.",
    invoke_without_command=True,
)


@app.callback()
def default(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        reads.status()


app.command()(reads.status)
app.command("list")(reads.list_)
app.command()(reads.show)
app.command()(acts.retry)
app.command()(acts.strategy)
app.command("give-up")(acts.give_up)
app.command()(acts.accept)
app.command("dead-letters")(dead.dead_letters)
app.command()(dead.replay)
app.command("requests")(requests.requests)
app.command()(requests.answer)
