"""Runs a check of a command-line product: its command, called in a directory with the check's files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from autodev.sandbox.types import SandboxBackend, SandboxResult
from autodev.spec.checks import CliCheck, CliRun
from projects.checks.acceptance.types import Ran, StepOutcome, judged, tail
from projects.checks.acceptance.workspaces import APP, CALL_LIMITS, WORK, Environment

_SHOWN = 300


def run_cli(check: CliCheck, env: Environment, workspace: Path, backend: SandboxBackend) -> Ran:
    """Every run in order, until the first that is not as it should be."""
    if env.product.manifest.cli is None:
        return Ran(status="not_run", reason="the product has no command")
    # The command is called elsewhere than in the project, so what it names there is made absolute.
    root = env.product.root
    argv = [f"{APP}/{word}" if os.path.lexists(root / word) else word for word in env.product.manifest.cli]
    for name, text in check.files.items():
        _write(workspace / "work", name, text)
    steps: list[StepOutcome] = []
    said: list[str] = []
    for run in check.runs:
        spec = env.spec(workspace, [*argv, *run.args], limits=CALL_LIMITS, cwd=WORK)
        result = backend.run(replace(spec, stdin=(run.stdin or "").encode()))
        if not result.ran:
            return Ran(status="not_run", steps=tuple(steps), reason=result.reason, level=result.level)
        said.append(f"$ {' '.join(run.args)}\n{result.stdout}{result.stderr}")
        steps.append(_outcome(run, result))
        if not steps[-1].ok:
            break
    return judged(steps, excerpt=tail("\n".join(said)), level=result.level)


def _write(directory: Path, name: str, text: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{name} lies outside the working directory")
    target = directory / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.encode())


def _outcome(run: CliRun, result: SandboxResult) -> StepOutcome:
    said = f"run with {' '.join(run.args) or 'no arguments'}"
    for expected, got in _wrong(run, result):
        return StepOutcome(ok=False, said=said, expected=expected, got=got)
    return StepOutcome(ok=True, said=said, got=f"exit code {result.exit_code}")


def _wrong(run: CliRun, result: SandboxResult) -> Iterator[tuple[str, str]]:
    if result.status not in ("ok", "nonzero") or result.exit_code is None:
        yield f"exit code {run.exit_code}", result.reason or result.status
        return
    if run.exit_code is not None and result.exit_code != run.exit_code:
        yield f"exit code {run.exit_code}", f"exit code {result.exit_code}: {_short(result.stderr or result.stdout)}"
    both = result.stdout + result.stderr
    for name, wanted, text in (
        ("standard output", run.stdout_contains, result.stdout),
        ("standard error", run.stderr_contains, result.stderr),
        ("the output", run.output_contains, both),
    ):
        for part in wanted:
            if part not in text:
                yield f"{part!r} in {name}", _short(text)
    for part in run.stdout_lacks:
        if part in result.stdout:
            yield f"no {part!r} in standard output", _short(result.stdout)
    for pattern in run.stdout_regex:
        if re.search(pattern, result.stdout, re.MULTILINE) is None:
            yield f"standard output to match {pattern}", _short(result.stdout)


def _short(text: str) -> str:
    text = text.strip()
    return (text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…") or "nothing"
