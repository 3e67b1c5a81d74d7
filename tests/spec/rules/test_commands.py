"""Command-line tools."""

from __future__ import annotations

import pytest

from autodev.spec.commands import TableConvert, TableStats, TextCount
from tests.spec.rules.reading import read, unmet


@pytest.mark.parametrize(
    ("text", "statistics"),
    [
        (
            "A command line tool that reads a CSV file and prints count, mean, min and max of each numeric column",
            ["count", "mean", "min", "max"],
        ),
        (
            "A CLI that prints the median and standard deviation of every numeric column of a CSV file",
            ["median", "stdev"],
        ),
        (
            "A terminal tool that reads a TSV file and computes the sum, average and maximum for each column",
            ["sum", "mean", "max"],
        ),
        (
            "A command line tool that reads a CSV file and prints statistics for each numeric column",
            ["count", "mean", "min", "max"],
        ),
    ],
)
def test_figures_of_a_table(text: str, statistics: list[str]) -> None:
    spec = read(text)
    operation = spec.commands[0].operation
    assert isinstance(operation, TableStats)
    assert operation.statistics == statistics
    assert not unmet(spec)
    assert {"figures", "missing_file", "empty_file", "no_numeric_column", "usage"} == {
        s.id for r in spec.requirements for s in r.scenarios
    }


def test_the_figures_are_right() -> None:
    spec = read("A command line tool that reads a CSV file and prints count, mean, min and max of each numeric column")
    sample = next(s for r in spec.requirements for s in r.scenarios if s.id == "figures")
    assert sample.files == {"people.csv": "name,weight,score\nAnn,10.25,4\nBea,11.5,8\nCid,15,12\n"}
    (run,) = sample.steps
    assert run.do == "run"
    assert set(run.stdout_contains) == {
        "count",
        "mean",
        "min",
        "max",
        "weight",
        "score",
        "3",
        "12.25",
        "10.25",
        "15",
        "8",
        "4",
        "12",
    }


def test_conversion() -> None:
    spec = read("A CLI that converts CSV to JSON")
    assert isinstance(spec.commands[0].operation, TableConvert)
    assert spec.commands[0].name == "csv2json"
    for target in ("TSV", "markdown", "JSON lines"):
        assert not unmet(
            read(f"A command line tool that converts JSON to {target}".replace("JSON to JSON", "CSV to JSON"))
        )


def test_counting() -> None:
    spec = read("A command line tool that counts lines, words and unique words of a file")
    operation = spec.commands[0].operation
    assert isinstance(operation, TextCount)
    assert operation.units == ["lines", "words", "unique_words"]
    assert not unmet(spec)


def test_an_unknown_tool_claims_nothing() -> None:
    spec = read("A command line tool that paints the house")
    assert spec.commands == []
    assert [r.understood for r in spec.requirements] == [False]


def test_two_commands() -> None:
    spec = read("A command line tool. It converts CSV to JSON. It counts words of a file.")
    assert [command.name for command in spec.commands] == ["csv2json", "textcount"]
