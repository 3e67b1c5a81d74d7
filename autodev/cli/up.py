"""`autodev up`: the whole platform on this machine."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from autodev.cli.terminal import Terminal

console = Terminal(highlight=False, soft_wrap=True)


def up(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where busy, the next free one is used.")] = 8000,
    gateway_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The models' endpoints for your own tools; 0 serves none.")
    ] = 8001,
) -> None:
    """Start web, worker, beat and Redis on this machine. Ctrl-C stops all of them; nothing is lost.

    Exit code: 0 stopped, 1 could not run.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")
    import django  # noqa: PLC0415 - help must not need a configuration
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

    try:
        django.setup()
    except ImproperlyConfigured as error:
        _fail(str(error))

    from autodev.lib.errors import DomainError  # noqa: PLC0415
    from autodev.up.run import run  # noqa: PLC0415 - models can be imported only now
    from autodev.up.supervisor import GaveUp  # noqa: PLC0415

    try:
        run(host=host, port=port, gateway_port=gateway_port, say=console.print)
    except DomainError as error:
        _fail(f"{error} {error.hint}")
    except (GaveUp, OSError) as error:
        _fail(str(error))


def _fail(reason: str) -> None:
    console.print(f"AutoDev did not start: {reason}", style="red")
    raise typer.Exit(1)
