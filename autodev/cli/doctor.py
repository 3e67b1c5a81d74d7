"""`autodev doctor`: what is there, and what to do about what is not."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from autodev.cli.terminal import Terminal

if TYPE_CHECKING:
    from autodev.doctor.finding import Finding

COLOUR = {"ok": "green", "warning": "yellow", "failure": "red"}


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as a JSON list.")] = False,
) -> None:
    """Look at this machine and say what is missing, with the remedy.

    Exit code: 0 everything needed is there, 1 something is not.
    """
    findings = _findings()
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        _show(findings)
    if any(finding.verdict == "failure" for finding in findings):
        raise typer.Exit(1)


def _findings() -> list[Finding]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")
    import django  # noqa: PLC0415 - help must not need a configuration
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

    try:
        django.setup()
    except ImproperlyConfigured as error:
        from autodev.doctor.finding import bad  # noqa: PLC0415

        return [bad("settings", str(error), "See docs/configuration.md.")]
    from autodev.doctor.examine import examine  # noqa: PLC0415 - it reads the settings

    return examine()


def _show(findings: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        detail = finding.detail + (f"\n→ {finding.remedy}" if finding.remedy else "")
        table.add_row(finding.part, Text(finding.verdict, style=COLOUR[finding.verdict]), detail)
    Terminal().print(table)
