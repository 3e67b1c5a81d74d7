"""What the terminal shows while a build runs, and its result."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from autodev.cli.terminal import Terminal
from autodev.coder import BuildResult, Progress

STATE_COLOURS = {"succeeded": "green", "degraded": "yellow", "failed": "red", "cancelled": "red"}
MARKS = {"met": ("✓", "green"), "not_met": ("✗", "red"), "no_evidence": ("?", "yellow")}


class LiveView:
    """A progress bar on a terminal; one line a change elsewhere, and on standard error when `plain`."""

    def __init__(self, *, plain: bool) -> None:
        self._console = Terminal(stderr=plain)
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.fields[phase]:<10}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("Starting", total=100, phase="")
        self._fancy = self._console.is_terminal and not plain
        self._asked = False

    def __enter__(self) -> Self:
        if self._fancy:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._fancy:
            self._bar.stop()

    def update(self, progress: Progress) -> None:
        if progress.awaiting_approval and not self._asked:
            self._asked = True
            words = f"Nothing is built until you approve the Spec. Look: autodev spec {progress.build_id} (--edit"
            self._console.print(Text(f"{words} changes it); then: autodev approve {progress.build_id}", style="yellow"))
        if self._fancy:
            self._bar.update(
                self._task, completed=progress.percentage, description=progress.current_task, phase=progress.phase
            )
        elif progress.result is None:
            self._console.print(Text(f"{progress.percentage:>3}% {progress.phase}: {progress.current_task}"))

    def show(self, result: BuildResult) -> None:
        """The result for a person: requirements with their evidence, what is not met, where the repository is."""
        out = self._console
        if result.requirements:
            table = Table(box=None, pad_edge=False)
            table.add_column("")
            table.add_column("Requirement")
            table.add_column("Checks", justify="right")
            for row in result.requirements:
                passed = list(row.checks.values()).count("passed")
                table.add_row(Text(*MARKS[row.result]), Text(row.text), f"{passed}/{len(row.checks)}")
            out.print(table)
        lines = [("degraded", "yellow", sentence) for sentence in result.degraded]
        lines += [("note", "yellow", f"{w.message} {w.hint}") for w in result.warnings]
        lines += [("error", "red", f"{e.message} {e.hint}") for e in result.errors]
        for label, colour, words in lines:
            out.print(Text.assemble((label, colour), " ", words.strip()))
        out.print(_headline(result))


def _headline(result: BuildResult) -> Text:
    metrics = result.metrics
    facts = [f"{metrics.duration_s:.1f} s"]
    if metrics.tests is not None:
        facts.append(f"{metrics.tests} tests")
    if metrics.coverage is not None:
        facts.append(f"{metrics.coverage:.0f}% coverage")
    if metrics.checks_total:
        facts.append(f"{metrics.checks_passed}/{metrics.checks_total} acceptance checks")
    where = f" → {result.project_path}" if result.project_path else ""
    colour = STATE_COLOURS.get(result.state, "default")
    return Text.assemble((result.state, colour), f" {', '.join(facts)}{where}  ", (result.build_id, "dim"))
