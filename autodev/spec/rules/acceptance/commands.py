"""Scenarios of command-line tools: the figures are right on a sample, and what is wrong with the input is told on standard
error with the exit code that says so (0 done, 1 refused or failed, 2 wrong usage)."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable

from autodev.spec.commands import Operation, TableConvert, TableStats, TextCount
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.scenario import RunCommand, Scenario

_HEADER = ("name", "weight", "score")
# The mean, median, sum and deviation of both columns are short decimals, so that any honest way of printing shows them.
_ROWS = (("Ann", "10.25", "4"), ("Bea", "11.5", "8"), ("Cid", "15", "12"))


def _table(kind: str, rows: tuple[tuple[str, ...], ...], header: tuple[str, ...] = _HEADER) -> str:
    if kind in {"csv", "tsv"}:
        joint = "," if kind == "csv" else "\t"
        return "".join(joint.join(row) + "\n" for row in (header, *rows))
    records = [{k: _value(v) for k, v in zip(header, row, strict=True)} for row in rows]
    return json.dumps(records) if kind == "json" else "".join(json.dumps(record) + "\n" for record in records)


def _value(text: str) -> str | int | float:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _figure(name: str, values: list[float]) -> str:
    """As many places as every honest way of printing shows; a whole number without a point."""
    functions: dict[str, Callable[[list[float]], float]] = {
        "count": len, "mean": statistics.fmean, "min": min, "max": max, "sum": sum, "median": statistics.median, "stdev": statistics.stdev,
    }  # fmt: skip
    number = functions[name](values)
    return f"{number:g}" if name != "stdev" else f"{number:.2f}"[:3]


def table_stats(operation: Operation) -> Scenarios:
    """Figures, missing and empty file, columns without numbers."""

    def build(_: Draft, __: str) -> list[Scenario]:
        if not isinstance(operation, TableStats):
            return []
        end = operation.format
        columns = [[float(row[i]) for row in _ROWS] for i in (1, 2)]
        figures = [_figure(name, column) for column in columns for name in operation.statistics]
        sample = Scenario(
            id="figures",
            title="The figures of a sample are right; a column of words has none",
            files={f"people.{end}": _table(end, _ROWS)},
            steps=(
                RunCommand(
                    args=(f"people.{end}",),
                    stdout_contains=tuple(dict.fromkeys([*operation.statistics, "weight", "score", *figures])),
                    stdout_lacks=("Ann", "Bea"),
                ),
            ),
        )
        missing = Scenario(
            id="missing_file",
            title="A file that is not there is told, with exit code 1",
            steps=(RunCommand(args=(f"missing.{end}",), exit_code=1, stderr_contains=(f"missing.{end}",)),),
        )
        empty = Scenario(
            id="empty_file",
            title="An empty file is told, with exit code 1",
            files={f"empty.{end}": ""},
            steps=(RunCommand(args=(f"empty.{end}",), exit_code=1, stderr_contains=("empty",)),),
        )
        words = Scenario(
            id="no_numeric_column",
            title="A table without a numeric column is told, with exit code 1",
            files={f"words.{end}": _table(end, (("Ann", "Rome"), ("Bea", "Oslo")), ("name", "town"))},
            steps=(RunCommand(args=(f"words.{end}",), exit_code=1, stderr_contains=("numeric",)),),
        )
        usage = Scenario(
            id="usage",
            title="A call without a file is wrong usage: exit code 2",
            steps=(RunCommand(args=(), exit_code=2),),
        )
        return [sample, missing, empty, words, usage]

    return build


def table_convert(operation: Operation) -> Scenarios:
    """Every value comes out in the other format; a missing file is told."""

    def build(_: Draft, __: str) -> list[Scenario]:
        if not isinstance(operation, TableConvert):
            return []
        end = operation.source
        cells = tuple(dict.fromkeys([*_HEADER, *(cell for row in _ROWS for cell in row)]))
        marks = {
            "csv": ("name,weight,score",),
            "tsv": ("name\tweight\tscore",),
            "json": ('"Ann"', '"name"'),
            "jsonl": ('"Ann"', '"name"'),
            "markdown": ("|", "---"),
        }
        return [
            Scenario(
                id="converted",
                title=f"A sample becomes {operation.target}",
                files={f"people.{end}": _table(end, _ROWS)},
                steps=(RunCommand(args=(f"people.{end}",), stdout_contains=(*cells, *marks[operation.target])),),
            ),
            Scenario(
                id="missing_file",
                title="A file that is not there is told, with exit code 1",
                steps=(RunCommand(args=(f"missing.{end}",), exit_code=1, stderr_contains=(f"missing.{end}",)),),
            ),
        ]

    return build


def text_count(operation: Operation) -> Scenarios:
    """The counts of a sample are right; a missing file is told."""

    def build(_: Draft, __: str) -> list[Scenario]:
        if not isinstance(operation, TextCount):
            return []
        text = "one two three four five six seven\n" * 11 + "eight nine\n" * 2
        counts = {"lines": 13, "words": 81, "characters": len(text), "unique_words": 9}
        return [
            Scenario(
                id="counts",
                title="The counts of a sample are right",
                files={"sample.txt": text},
                steps=(
                    RunCommand(args=("sample.txt",), stdout_contains=tuple(str(counts[u]) for u in operation.units)),
                ),
            ),
            Scenario(
                id="missing_file",
                title="A file that is not there is told, with exit code 1",
                steps=(RunCommand(args=("missing.txt",), exit_code=1, stderr_contains=("missing.txt",)),),
            ),
        ]

    return build
