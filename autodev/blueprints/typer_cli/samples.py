"""The table that the rendered tests read, in each format, and what is to come of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

from autodev.spec.commands import Operation, TableConvert, TableStats, TextCount


class CommandLike(Protocol):
    """A command as far as samples go."""

    @property
    def operation(self) -> Operation: ...


COLUMNS = ("name", "price", "amount")
ROWS: tuple[tuple[str, str, str], ...] = (("tea", "1.50", "10"), ("milk", "2.50", ""), ("bread", "4", "30"))

FIGURES = {
    "price": {
        "count": "3",
        "mean": "2.666667",
        "min": "1.5",
        "max": "4",
        "sum": "8",
        "median": "2.5",
        "stdev": "1.258306",
    },
    "amount": {"count": "2", "mean": "20", "min": "10", "max": "30", "sum": "40", "median": "20", "stdev": "14.142136"},
}


TEXT = "Red fish, blue fish.\nOne fish\n"
COUNTS = {"lines": 2, "words": 6, "characters": 30, "unique_words": 4}

INPUTS = {
    "csv": "comma-separated values with a header",
    "tsv": "tab-separated values with a header",
    "json": "a JSON array of flat objects",
    "jsonl": "one flat JSON object a line",
    "text": "any text",
}
MEANINGS = {
    "count": "how many numbers there are",
    "mean": "their arithmetic mean",
    "min": "the smallest",
    "max": "the largest",
    "sum": "their sum",
    "median": "the middle one, or the mean of the two in the middle",
    "stdev": "the sample standard deviation; `-` for a single number",
}
UNITS = {
    "lines": "line ends, and a last line without one",
    "words": "runs of letters and digits; an apostrophe or a hyphen inside does not divide",
    "characters": "Unicode characters, line ends included",
    "unique_words": "different words; upper and lower case are the same",
}


def text(format_: str) -> str:
    """The sample in that format, as a file holds it. In JSON the figures are numbers and an empty cell is null."""
    records = [_typed(row) for row in ROWS]
    match format_:
        case "json":
            return json.dumps(records) + "\n"
        case "jsonl":
            return "".join(json.dumps(record) + "\n" for record in records)
        case "tsv":
            return _lines("\t")
        case _:
            return _lines(",")


def converted(source: str, target: str) -> str:
    """What the sample in `source` is in `target`."""
    typed = source in ("json", "jsonl")
    records = [_typed(row) if typed else dict(zip(COLUMNS, row, strict=True)) for row in ROWS]
    match target:
        case "json":
            return "[\n" + ",\n".join(f"  {json.dumps(record)}" for record in records) + "\n]\n"
        case "jsonl":
            return "".join(json.dumps(record) + "\n" for record in records)
        case "markdown":
            rows = "".join(f"| {' | '.join(_plain(record))} |\n" for record in records)
            return "| name | price | amount |\n| --- | --- | --- |\n" + rows
        case _:
            separator = "\t" if target == "tsv" else ","
            lines = [separator.join(COLUMNS), *(separator.join(_plain(record)) for record in records)]
            return "\n".join(lines) + "\n"


def table(wanted: Sequence[str]) -> str:
    """What the tool prints for the sample."""
    lines = [["column", *wanted], *([name, *(values[one] for one in wanted)] for name, values in FIGURES.items())]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    shown = [
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    ]
    return "\n".join(shown) + "\n"


def figures(wanted: Sequence[str]) -> dict[str, dict[str, float]]:
    """The figures as numbers, rounded to six decimals."""
    return {
        column: {name: int(values[name]) if values[name].isdigit() else float(values[name]) for name in wanted}
        for column, values in FIGURES.items()
    }


def source_of(command: CommandLike) -> str:
    """The format that the command reads; `text` for any."""
    match command.operation:
        case TableStats():
            return command.operation.format
        case TableConvert():
            return command.operation.source
        case _:
            return "text"


def text_of(command: CommandLike) -> str:
    """The sample that the command reads."""
    source = source_of(command)
    return TEXT if source == "text" else text(source)


def file_name(command: CommandLike) -> str:
    """The name of a file for the command, in examples."""
    source = source_of(command)
    return "notes.txt" if source == "text" else f"products.{source}"


def output(command: CommandLike) -> str:
    """What the command prints for its sample."""
    match command.operation:
        case TableStats():
            return table(command.operation.statistics)
        case TableConvert():
            return converted(command.operation.source, command.operation.target)
        case TextCount():
            found = {unit.replace("_", " "): str(value) for unit, value in counts(command.operation.units).items()}
            widths = [max(len(name), len(value)) for name, value in found.items()]
            lines = [
                "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
                for cells in (found.keys(), found.values())
            ]
            return "\n".join(lines) + "\n"
        case _:
            return ""


def counts(units: Sequence[str]) -> dict[str, int]:
    """What the sample text holds."""
    return {unit: COUNTS[unit] for unit in units}


def bad_tables(format_: str) -> list[tuple[str, str]]:
    """Broken tables in that format, each with what the message says."""
    separator = "\t" if format_ == "tsv" else ","
    if format_ in ("csv", "tsv"):
        return [
            ("", "is empty"),
            ("\n\n", "is empty"),
            (f"a{separator}b\n1\n", "line 2: 1 cells, but the header has 2"),
            (f"a{separator}b\n1{separator}2\n1{separator}2{separator}3\n", "line 3: 3 cells"),
            (f"a{separator}a\n", "the column 'a' is there twice"),
            (
                'a\n"' + "x" * 140_000 + '"\n' if format_ == "csv" else "",
                "line 2: field larger" if format_ == "csv" else "is empty",
            ),
        ]
    if format_ == "json":
        return [
            (" ", "is empty"),
            ("[]", "is empty"),
            ("[\n{]", "line 2: "),
            ('{"a": 1}', "is not a JSON array"),
            ("[1]", "item 1: is not an object"),
            ('[{"a": 1}, 2]', "item 2: is not an object"),
            ('[{"a": 1}, {"b": 1}]', "item 2: 'b' is not among the columns"),
            ('[{"a": [1]}]', "item 1: 'a' is not a plain value"),
        ]
    return [
        ("\n", "is empty"),
        ("{", "line 1: "),
        ("1", "line 1: is not an object"),
        ('{"a": 1}\n2\n', "line 2: is not an object"),
        ('{"a": 1}\n{"b": 1}\n', "line 2: 'b' is not among the columns"),
        ('{"a": {}}', "line 1: 'a' is not a plain value"),
    ]


def _lines(separator: str) -> str:
    return "".join(separator.join(row) + "\n" for row in (COLUMNS, *ROWS))


def _typed(row: tuple[str, str, str]) -> dict[str, str | float | int | None]:
    name, price, amount = row
    number = float(price) if "." in price else int(price)
    return {"name": name, "price": number, "amount": int(amount) if amount else None}


def _plain(record: dict[str, str | float | int | None] | dict[str, str]) -> list[str]:
    return ["" if value is None else str(value) for value in record.values()]
