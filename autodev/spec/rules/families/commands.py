"""What a command-line tool does: figures of a table, conversion of tables, counts of a text."""

from __future__ import annotations

import re
from typing import Literal, cast

from autodev.spec.commands import Command, Operation, TableConvert, TableStats, TextCount
from autodev.spec.rules.acceptance.commands import table_convert, table_stats, text_count
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.patterns import compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause

Statistic = Literal["count", "mean", "min", "max", "sum", "median", "stdev"]
Format = Literal["csv", "tsv", "json", "jsonl"]
Unit = Literal["lines", "words", "characters", "unique_words"]
_STATISTICS: dict[str, Statistic] = {
    "count": "count", "counts": "count", "number of values": "count", "mean": "mean", "average": "mean", "averages": "mean", "min": "min", "minimum": "min",
    "smallest": "min", "max": "max", "maximum": "max", "largest": "max", "sum": "sum", "total": "sum", "median": "median",
    "standard deviation": "stdev", "stdev": "stdev", "std": "stdev",
}  # fmt: skip
_STAT = "|".join(sorted(_STATISTICS, key=len, reverse=True))
# "Statistics" without naming any are those that every summary of a table gives.
_USUAL: tuple[Statistic, ...] = ("count", "mean", "min", "max")
_UNNAMED = r"(?:(?:basic|simple|summary|descriptive|usual|some) )?(?:statistics|stats|summar(?:y|ies))"
_FORMATS: dict[str, Format] = {
    "csv": "csv",
    "tsv": "tsv",
    "json": "json",
    "jsonl": "jsonl",
    "json lines": "jsonl",
    "comma-separated": "csv",
}
_FORMAT = r"(?:csv|tsv|jsonl|json lines|json|comma-separated)"
_STATS = compiled(
    rf"\b(?:(?:reads?|takes?|loads?|opens?|parses?|given) (?:a |an |the )?(?P<format>{_FORMAT})(?: files?| tables?| data)?(?: \([^)]*\))?,? (?:and |then )?)?(?:prints?|shows?|computes?|calculates?|outputs?|reports?|displays?|gives?|summari[sz]es?|writes?)(?: out)? (?:the )?"
    rf"(?P<stats>(?:{_STAT})(?:(?:, and | and |, )(?:{_STAT})){{0,6}}|{_UNNAMED}) (?:of|for|from|about) (?:each|every|all|the) (?:of the )?(?:numeric |numerical |number )?columns?(?: (?:of|in|from) (?:a |an |the )?(?P<of>{_FORMAT})(?: files?| tables?)?)?"
)
_CONVERT = compiled(
    rf"\b(?:converts?|converting|turns?|transforms?|translates?) (?:an? |the )?(?P<source>{_FORMAT})(?: files?| tables?| data)? (?:in)?to (?:an? )?(?P<target>{_FORMAT}|markdown)(?: files?| tables?)?"
)
_COUNT = compiled(
    r"\b(?:counts?|counting|prints? (?:the )?(?:number|count)s? of) (?:the )?(?P<units>(?:lines|words|characters|chars|unique words|distinct words)(?:(?:, and | and |, )(?:lines|words|characters|chars|unique words|distinct words)){0,3})(?: (?:in|of) (?:a |an |the )?(?:text )?(?:files?|text|document|standard input|stdin))?"
)


@reads(Stage.FEATURES)
def commands(draft: Draft, clause: Clause) -> None:
    """One command a clause; the tool with a single command has its name."""
    if draft.project_type not in {"cli", None}:
        return
    operation, match = _operation(clause)
    if operation is None or match is None:
        return
    clause.take(match)
    draft.project_type = "cli"
    names = {
        "table_stats": ("csvstat", table_stats),
        "table_convert": ("convert", table_convert),
        "text_count": ("textcount", text_count),
    }
    name, scenarios = names[operation.kind]
    if isinstance(operation, TableStats):
        name = f"{operation.format}stat"
    elif isinstance(operation, TableConvert):
        name = f"{operation.source}2{operation.target}"
    if any(command.name == name for command in draft.commands):
        return
    said = clause.text[match.start() : match.end()]
    draft.commands.append(Command(name=name, help=f"{said[:1].upper()}{said[1:]}.", operation=operation))
    draft.want(f"command_{name.replace('-', '_')}", clause, f"The command {name}: {said}.", scenarios(operation))


def _operation(clause: Clause) -> tuple[Operation | None, re.Match[str] | None]:
    if match := _STATS.search(clause.low):
        named = [_STATISTICS[word] for word in re.findall(rf"\b(?:{_STAT})\b", match["stats"])]
        found = list(dict.fromkeys(named or _USUAL))
        table = _FORMATS[match["format"] or match["of"] or "csv"]
        return TableStats(format=table, statistics=found), match
    if (match := _CONVERT.search(clause.low)) and match["source"] != match["target"]:
        target = match["target"] if match["target"] == "markdown" else _FORMATS[match["target"]]
        return TableConvert(
            source=_FORMATS[match["source"]], target=cast("Literal['csv', 'tsv', 'json', 'jsonl', 'markdown']", target)
        ), match
    if match := _COUNT.search(clause.low):
        words = re.findall(r"unique words|distinct words|lines|words|characters|chars", match["units"])
        units = [
            cast(
                "Unit",
                {"unique words": "unique_words", "distinct words": "unique_words", "chars": "characters"}.get(w, w),
            )
            for w in words
        ]
        return TextCount(units=list(dict.fromkeys(units))), match
    return None, None
