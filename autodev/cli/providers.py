"""`autodev providers`: who can be asked, and whether they answer."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from autodev.cli.replaying import replay
from autodev.cli.terminal import Terminal
from autodev.cli.workspaces import WorkspaceOption, fail, workspace_of
from autodev.coder.local import set_up
from autodev.lib.errors import DomainError

if TYPE_CHECKING:
    from providers.local import LocalEndpoint, LocalModel
    from providers.models import Provider

app = typer.Typer(help="The providers of a workspace: list, add, test, reset, remove.", invoke_without_command=True)
console = Terminal(highlight=False, soft_wrap=True)
app.command()(replay)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]


JsonOption = Annotated[bool, typer.Option("--json", help="Print them as JSON.")]


@app.callback()
def default(ctx: typer.Context, workspace: WorkspaceOption = "", as_json: JsonOption = False) -> None:
    if ctx.invoked_subcommand is None:
        list_(workspace, as_json)
    elif workspace or as_json:
        raise fail(f"Options stand behind the command: autodev providers {ctx.invoked_subcommand} …", code=2)


@app.command("list")
def list_(workspace: WorkspaceOption = "", as_json: JsonOption = False) -> None:
    """List the providers in the order of the default chain, with their circuits."""
    place, _ = workspace_of(workspace)
    from providers.config.defaults import ensure_defaults  # noqa: PLC0415 - models can be imported only now
    from providers.config.standing import notes  # noqa: PLC0415
    from providers.live.fresh import fresh  # noqa: PLC0415
    from providers.status import statuses_of  # noqa: PLC0415

    ensure_defaults(place)
    found = fresh(place.pk)
    rows = statuses_of(found.view, now=found.now)
    if as_json:
        typer.echo(json.dumps([row.as_json() for row in rows], indent=2, default=str))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Name", "State", "Model", "Key", "First token", "Success", "Next"):
        table.add_column(heading, no_wrap=heading not in {"Next", "Model"}, overflow="fold")
    for row in rows:
        table.add_row(row.name, row.state, row.model or row.kind, row.keys, row.first_token, row.success, row.sentence)
    console.print(table)
    for note in notes(place.pk):
        console.print(note, style="yellow")


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)] = "",
    model: Annotated[str, typer.Option(help="litellm's name, for example anthropic/claude-sonnet-4-5.")] = "",
    api_base: Annotated[str, typer.Option("--api-base", help="Its address, where it is not the provider's own.")] = "",
    key_env: Annotated[str, typer.Option("--key-env", metavar="VARIABLE", help="Take the key from there.")] = "",
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="Store the key that stands in this file; - is the standard input.")
    ] = None,
    chain: Annotated[str, typer.Option(help="Put it into this chain, before the emergency provider.")] = "default",
    local: Annotated[bool, typer.Option("--local", help="Find what runs here, and add its first model.")] = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Add a provider. With --local nothing else is needed: Ollama, LM Studio, vLLM and the like are found; --model
    chooses one of several models. --api-base without --model asks that server which it has."""
    found = local or bool(api_base and not model)
    if not found and not (name and model):
        raise fail("Give a name and --model, or --local.", code=2)
    if found and key_file is not None and not name:
        raise fail("Give a name: the key is stored under it.", code=2)
    place, user = workspace_of(workspace)
    from autodev.lib.db import write  # noqa: PLC0415 - models can be imported only now
    from providers.config.defaults import ensure_defaults  # noqa: PLC0415
    from providers.config.keys import Keys  # noqa: PLC0415
    from providers.services.credentials import credential_add  # noqa: PLC0415
    from providers.services.local import local_add  # noqa: PLC0415
    from providers.services.providers import provider_create  # noqa: PLC0415

    ensure_defaults(place)
    secret = _secret(key_file) if key_file is not None and not key_env else None
    keys = [f"env:{key_env}"] if key_env else [name] if secret is not None else []
    here = _local(api_base, model, (secret or os.environ.get(key_env, "")).strip()) if found else None

    def both() -> Provider:
        if secret is not None:
            credential_add(workspace=place, actor=user, name=name, secret=secret, door="cli")
        if here is not None:
            return local_add(
                workspace=place, actor=user, endpoint=here[0], model=here[1], name=name, keys=keys, chain=chain,
                door="cli",
            )  # fmt: skip
        part: dict[str, Any] = {"kind": "litellm", "model": model, **({"api_base": api_base} if api_base else {})}
        part |= {"keys": keys} if keys else {"needs_key": False} if api_base else {}
        return provider_create(workspace=place, actor=user, name=name, part=part, chain=chain, door="cli")

    try:
        row = write(both)
    except DomainError as error:
        raise fail(_words(error)) from error
    console.print(f"Added {row.name} ({row.model}) to the chain {chain}. Try it: autodev providers test {row.name}")
    if key_env and isinstance(why := Keys(place.pk).find(keys[0], api_base=row.api_base), str):
        console.print(f"It has no key yet: {why}.", style="yellow")
    if here is not None and len(here[0].models) > 1:
        others = ", ".join(one.name for one in here[0].models if one.model != row.model)
        console.print(f"It has {others} too; --model chooses.")


@app.command("test")
def try_(name: NameArgument, workspace: WorkspaceOption = "") -> None:
    """Ask a provider for a word, or start an agent program, outside of its circuit. Exit code: 0 it answered, 1 it did
    not."""
    place, _ = workspace_of(workspace)
    from providers.failures.hints import hint  # noqa: PLC0415 - models can be imported only now
    from providers.services.checking import provider_check  # noqa: PLC0415

    try:
        found = provider_check(workspace=place, name=name)
    except DomainError as error:
        raise fail(_words(error)) from error
    if found.note:
        raise fail(f"{name}: {found.note}.")
    if found.failure is not None:
        failure = found.failure
        raise fail(f"{name} ({found.model}): {failure.kind}: {failure.message}\n{hint(failure.kind, name)}")
    if found.version:
        console.print(f"{name} starts: {found.version}, {found.took_ms} ms.", style="green")
        return
    console.print(f"{name} ({found.model}) answers: {found.took_ms} ms.", style="green")


@app.command()
def reset(name: NameArgument, workspace: WorkspaceOption = "") -> None:
    """Close the circuit of a provider, so that the next call asks it again."""
    place, user = workspace_of(workspace)
    from providers.services.checking import provider_reset  # noqa: PLC0415 - models can be imported only now

    try:
        provider_reset(workspace=place, name=name, actor=user)
    except DomainError as error:
        raise fail(_words(error)) from error
    console.print(f"The circuit of {name} is closed.")


@app.command()
def remove(name: NameArgument, workspace: WorkspaceOption = "") -> None:
    """Take a provider out; its calls stay in the ledger."""
    place, user = workspace_of(workspace)
    from providers.services.providers import provider_remove  # noqa: PLC0415 - models can be imported only now

    try:
        provider_remove(workspace=place, actor=user, name=name, door="cli")
    except DomainError as error:
        raise fail(_words(error)) from error
    console.print(f"{name} is gone.")


@app.command("rotate-key")
def rotate_key(
    reseal: Annotated[
        bool, typer.Option("--reseal", help="Make no key; seal with the newest one that there is.")
    ] = False,
) -> None:
    """Make a new master key and seal every stored key of a provider with it, while everything runs.

    Exit code: 0 all are sealed with it, 1 some did not open, or the keys are given by the environment.
    """
    _, user = workspace_of("")
    from providers.services.master_key import credentials_reseal, keys_in_use, master_key_make  # noqa: PLC0415

    try:
        done = (credentials_reseal if reseal else master_key_make)(actor=user)
    except DomainError as error:
        raise fail(_words(error)) from error
    console.print(f"Master key {done.number} seals; {done.sealed} sealed anew.")
    for number, count in keys_in_use().items():
        if number != done.number:
            console.print(f"{count} still under key {number}: keep it.")
    if done.unopened:
        raise fail(
            f"{done.unopened} did not open with the keys that there are. Give the old one back, or store them anew."
        )


@app.command("local")
def local_() -> None:
    """Look for models on this machine."""
    set_up()
    from providers.local import find_local  # noqa: PLC0415 - help is quick without it

    found = find_local()
    if not found:
        console.print("Nothing answers at the usual ports of Ollama, LM Studio, vLLM and llama.cpp.")
    for endpoint in found:
        console.print(f"{endpoint.server} at {endpoint.api_base}: {', '.join(m.name for m in endpoint.models)}")


def _local(url: str, wanted: str, key: str) -> tuple[LocalEndpoint, LocalModel]:
    """The first server of this machine, or the one at the address, and its first model, or the one that is wanted."""
    from providers.local import NoEndpoint, find_local, look_at  # noqa: PLC0415 - help is quick without it

    try:
        found: tuple[LocalEndpoint, ...] = (look_at(url, key),) if url else find_local()
    except NoEndpoint as error:
        raise fail(_words(error)) from error
    pairs = [(endpoint, model) for endpoint in found for model in endpoint.models]
    if not pairs:
        raise fail("No model was found. Start Ollama, LM Studio or vLLM, or give --api-base.")
    fitting = [pair for pair in pairs if not wanted or wanted in {pair[1].name, pair[1].model}]
    if not fitting:
        raise fail(f"There is no model {wanted!r}; there are: {', '.join(model.name for _, model in pairs)}.")
    return fitting[0]


def _secret(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"{file}: {error}", code=2) from error


def _words(error: Exception) -> str:
    hint = getattr(error, "hint", "")
    return f"{error} {hint}".strip()
