"""`autodev gateway`: OpenAI's and Anthropic's endpoints in front of the workspace's providers."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from autodev.cli.terminal import Terminal

console = Terminal(highlight=False, soft_wrap=True)


def gateway(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8001,
) -> None:
    """Serve /v1/chat/completions, /v1/messages and /v1/models; Ctrl-C stops it.

    Tools call it with an API key of a workspace whose scopes reach `build`. Exit code: 0 stopped, 1 could not run.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")
    import django  # noqa: PLC0415 - help must not need a configuration
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

    try:
        django.setup()
    except ImproperlyConfigured as error:
        console.print(f"The gateway did not start: {error}", style="red")
        raise typer.Exit(1) from error

    import uvicorn  # noqa: PLC0415

    from providers.gateway.serving import config  # noqa: PLC0415 - models can be imported only now

    console.print(f"The gateway is ready: http://{host}:{port}/v1")
    server = uvicorn.Server(config(host=host, port=port))
    server.run()
    if not server.started:
        raise typer.Exit(1)
