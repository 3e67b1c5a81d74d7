"""Specs of command-line tools: one command, and one of each kind."""

from __future__ import annotations

from autodev.spec.commands import Command, TableConvert, TableStats, TextCount
from autodev.spec.schema import Spec

CSVSTAT = Spec(
    name="csvstat",
    title="CSV statistics",
    idea="A command line tool in Python that reads a CSV file and prints count, mean, min and max of each numeric "
    "column",
    project_type="cli",
    commands=[
        Command(
            name="csvstat",
            help="Prints count, mean, min and max of each numeric column.",
            operation=TableStats(statistics=["count", "mean", "min", "max"]),
        )
    ],
)

EVERY_KIND = Spec(
    name="tables",
    title='Tables """and""" text',
    idea="A tool for tables. " + "It is described at length, with a sentence that goes on and on. " * 4,
    project_type="cli",
    commands=[
        Command(
            name="stats",
            help="figures",
            operation=TableStats(format="json", statistics=["count", "mean", "min", "max", "sum", "median", "stdev"]),
        ),
        Command(name="to-markdown", help="", operation=TableConvert(source="tsv", target="markdown")),
        Command(name="to-json", help="JSON", operation=TableConvert(source="csv", target="json")),
        Command(name="to-csv", help="CSV", operation=TableConvert(source="jsonl", target="csv")),
        Command(
            name="count",
            help="Counts",
            operation=TextCount(units=["lines", "words", "characters", "unique_words"]),
        ),
    ],
)
