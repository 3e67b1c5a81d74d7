"""`autodev build IDEA`, `autodev resume ID`: an idea becomes a verified repository, in this process."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.text import Text

from autodev.cli.live import LiveView
from autodev.cli.terminal import Terminal
from autodev.coder import AutonomousCoder, BuildRequest, BuildResult, Progress
from autodev.lib.errors import DomainError

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_DEGRADED, EXIT_CANCELLED = 0, 1, 2, 3, 130

errors = Terminal(stderr=True)


def build(
    idea: Annotated[str, typer.Argument(help="What to build, in plain words; `-` reads it from standard input.")],
    blueprint: Annotated[str | None, typer.Option(help="Use this blueprint instead of the one that fits best.")] = None,
    constraint: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="What must hold.")] = None,
    preference: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="What would be nice.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="An autodev.yaml.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the repository goes; default: ./<name>.")
    ] = None,
    deadline: Annotated[str | None, typer.Option(help="A moment (ISO 8601), or a duration: 90s, 10m, 2h.")] = None,
    budget: Annotated[str | None, typer.Option(metavar="USD", help="What models may cost at most.")] = None,
    review_spec: Annotated[
        bool, typer.Option("--review-spec", help="Wait until the Spec is approved (`autodev approve`) before building.")
    ] = False,
    patience: Annotated[
        int | None,
        typer.Option(min=0, metavar="SECONDS", help="How long to wait for an outage of all models before going on."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, progress as lines on stderr.")
    ] = False,
) -> None:
    """Build software from one sentence: a git repository whose own tests ran and passed in the sandbox.

    Exit code: 0 success, 3 degraded (delivered, and it says what is not met), 1 failed, 2 wrong usage, 130 cancelled.
    """
    text = typer.get_text_stream("stdin").read() if idea == "-" else idea
    request = BuildRequest(
        description=text,
        constraints=_pairs(constraint, "--constraint"),
        preferences=_pairs(preference, "--preference"),
        deadline=deadline_of(deadline),
        output_path=out,
        budget_usd=budget_of(budget),
        blueprint=blueprint,
        review_spec=review_spec,
        patience_s=patience,
    )
    run_shown(lambda on_progress: AutonomousCoder(config).run(request, on_progress=on_progress), as_json=as_json)


def resume(
    build_id: Annotated[str, typer.Argument(help="The build's id, as `autodev builds` shows it.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the repository goes.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="An autodev.yaml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Go on with a build that was interrupted or paused, from its last checkpoint; one that has ended is delivered
    again."""
    key = id_of(build_id)
    run_shown(
        lambda on_progress: AutonomousCoder(config).resume(key, output_path=out, on_progress=on_progress),
        as_json=as_json,
    )


def id_of(build_id: str) -> uuid.UUID:
    """A build's id from the command line. Raises BadParameter."""
    try:
        return uuid.UUID(build_id)
    except ValueError as error:
        raise typer.BadParameter(f"{build_id} is not a build's id") from error


def run_shown(
    drive: Callable[[Callable[[Progress], None]], BuildResult],
    *,
    as_json: bool,
    then: Callable[[BuildResult], str] | None = None,
) -> None:
    """Runs a build to its end with a live view, and ends the command with its exit code. `then` gives a last line for
    people: what they can do next."""
    view = LiveView(plain=as_json)
    try:
        with refusals(as_json=as_json), view:
            result = drive(view.update)
    except KeyboardInterrupt:
        errors.print("Cancelled. What was done so far is kept; `autodev builds` shows it.")
        raise typer.Exit(EXIT_CANCELLED) from None
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(result), default=str, indent=2))
    else:
        view.show(result)
        if then is not None:
            typer.echo(then(result))
    raise typer.Exit(exit_code(result))


@contextmanager
def refusals(*, as_json: bool) -> Iterator[None]:
    """A domain error is told with its hint and every place at fault, and ends the command with 1."""
    try:
        yield
    except DomainError as error:
        if as_json:
            told = {"code": error.code, "message": error.message, "hint": error.hint, "errors": list(error.errors)}
            typer.echo(json.dumps({"error": told}))
        errors.print(Text(f"{error.message} {error.hint}", style="red"))
        raise typer.Exit(EXIT_FAILED) from error


def exit_code(result: BuildResult) -> int:
    """0 only for a green build."""
    if result.success:
        return EXIT_OK
    return EXIT_DEGRADED if result.state == "degraded" else EXIT_FAILED


def _pairs(items: list[str] | None, option: str) -> dict[str, Any]:
    """`key=value` arguments; a value is read as YAML, so that numbers, booleans and lists keep their type."""
    pairs: dict[str, Any] = {}
    for item in items or []:
        key, found, value = item.partition("=")
        if not found or not key.strip():
            raise typer.BadParameter(f"{item!r}: KEY=VALUE is wanted", param_hint=option)
        try:
            pairs[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            pairs[key.strip()] = value
    return pairs


def deadline_of(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    units = {"s": 1, "m": 60, "h": 3600}
    now = dt.datetime.now(tz=dt.UTC)
    if text[-1:] in units and text[:-1].isdigit():
        return now + dt.timedelta(seconds=int(text[:-1]) * units[text[-1]])
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: a moment in ISO 8601 or 90s, 10m, 2h", param_hint="--deadline") from error
    moment = moment if moment.tzinfo else moment.astimezone()
    if moment <= now:
        raise typer.BadParameter(f"{text!r} has passed", param_hint="--deadline")
    return moment


def budget_of(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text!r} is no amount", param_hint="--budget") from error
    if not amount.is_finite() or amount < 0:
        raise typer.BadParameter(f"{text!r} is no amount", param_hint="--budget")
    return amount
