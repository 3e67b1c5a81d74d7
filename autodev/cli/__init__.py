"""The command line: one file a command. Each command imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

import typer

from autodev.cli.again import replay, rollback
from autodev.cli.agents import app as agents
from autodev.cli.build import build, resume
from autodev.cli.builds import builds
from autodev.cli.change import change, discard, merge, undo
from autodev.cli.doctor import doctor
from autodev.cli.drill import drill
from autodev.cli.explain import explain
from autodev.cli.gateway import gateway
from autodev.cli.imports import import_
from autodev.cli.knowledge import app as knowledge
from autodev.cli.models import app as models
from autodev.cli.prompts import prompts
from autodev.cli.providers import app as providers
from autodev.cli.recovery import app as recovery
from autodev.cli.say import answer, questions, say
from autodev.cli.spec import approve, spec
from autodev.cli.up import up

app = typer.Typer(
    name="autodev",
    help="Ideas become verified repositories.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(build)
app.command()(resume)
app.command()(builds)
app.command(name="import")(import_)
app.command()(change)
app.command()(merge)
app.command()(discard)
app.command()(undo)
app.command()(spec)
app.command()(approve)
app.command()(say)
app.command()(explain)
app.command()(questions)
app.command()(answer)
app.command()(rollback)
app.command()(replay)
app.command()(up)
app.command()(gateway)
app.command()(drill)
app.command()(doctor)
app.add_typer(providers, name="providers")
app.add_typer(models, name="models")
app.add_typer(agents, name="agents")
app.add_typer(recovery, name="recovery")
app.add_typer(knowledge, name="knowledge")
app.command()(prompts)


def main() -> None:
    """The entry point of the `autodev` script."""
    app()
