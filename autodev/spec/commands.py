"""What a command-line tool is asked to do. `operation` is a closed set; a blueprint implements each kind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class CommandPart(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TableStats(CommandPart):
    """Reads a table and prints `statistics` of each numeric column, in the order given."""

    kind: Literal["table_stats"] = "table_stats"
    format: Literal["csv", "tsv", "json", "jsonl"] = "csv"
    statistics: list[Literal["count", "mean", "min", "max", "sum", "median", "stdev"]]


class TableConvert(CommandPart):
    """Reads one format of table and writes another."""

    kind: Literal["table_convert"] = "table_convert"
    source: Literal["csv", "tsv", "json", "jsonl"]
    target: Literal["csv", "tsv", "json", "jsonl", "markdown"]


class TextCount(CommandPart):
    """Counts what a text holds."""

    kind: Literal["text_count"] = "text_count"
    units: list[Literal["lines", "words", "characters", "unique_words"]]


class RecordOperation(CommandPart):
    """Create, list, show, update or delete records of an entity, or run one of its actions, in a local database."""

    kind: Literal["record"] = "record"
    entity: str
    verb: str


Operation = Annotated[TableStats | TableConvert | TextCount | RecordOperation, Field(discriminator="kind")]


class Command(CommandPart):
    """One command of the tool; a tool with one command that reads has no subcommand (`name` is then the tool's
    name)."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    help: str
    operation: Operation
