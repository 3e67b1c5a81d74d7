"""Searching all files of a task, bounded in time, files and lines, whatever the pattern."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from autodev.lib import clock
from autodev.outline import skipped

MOST_HITS = 100
MOST_IN_FILE = 20
LONGEST_LINE = 300
LARGEST_FILE = 1_000_000
SECONDS = 8.0
LINE_SECONDS = 0.2


class BadPattern(ValueError):
    """A pattern that is no regular expression, or that takes too long."""


@dataclass(frozen=True, kw_only=True)
class Query:
    pattern: str
    is_regex: bool = False
    ignore_case: bool = False
    folder: str = ""


def search(query: Query, paths: Sequence[str], read: Callable[[str], bytes]) -> str:
    """`path:line: text` of each hit, and what was left out. Files of packages, locks and binaries are not looked into.
    Raises BadPattern."""
    if not query.pattern:
        raise BadPattern("the pattern is empty")
    found = _compiled(query)
    folder = query.folder.strip("/").removeprefix("./")
    wanted = [path for path in paths if not skipped(path) and (not folder or path.startswith(f"{folder}/"))]
    end, hits, more, unread = clock.monotonic() + SECONDS, list[str](), 0, 0
    for path in wanted:
        if clock.monotonic() > end:
            unread += 1
            continue
        try:
            content = read(path)
        except (OSError, ValueError):
            unread += 1
            continue
        if len(content) > LARGEST_FILE or b"\0" in content[:4096]:
            unread += 1
            continue
        here = _in_file(found, path, content.decode(errors="replace"), end)
        more += max(0, len(here) - MOST_IN_FILE)
        hits += here[:MOST_IN_FILE]
    told = hits[:MOST_HITS] or ["nothing matches"]
    more += max(0, len(hits) - MOST_HITS)
    if more:
        told.append(f"… and {more} more lines; narrow the pattern or give a folder")
    if unread:
        told.append(f"({unread} files were not searched: too large, binary, or the time was over)")
    return "\n".join(told)


def _in_file(found: regex.Pattern[str], path: str, text: str, end: float) -> list[str]:
    hits = []
    for number, line in enumerate(text.splitlines(), start=1):
        left_s = min(LINE_SECONDS, end - clock.monotonic())
        if left_s <= 0:
            break
        try:
            match = found.search(line[:5000], timeout=left_s)
        except TimeoutError:
            raise BadPattern("the pattern takes too long on a line of " + path + "; write a simpler one") from None
        if match:
            hits.append(f"{path}:{number}: {line.strip()[:LONGEST_LINE]}")
    return hits


def _compiled(query: Query) -> regex.Pattern[str]:
    pattern = query.pattern if query.is_regex else regex.escape(query.pattern)
    if len(pattern) > 1000:
        raise BadPattern("the pattern is too long")
    try:
        return regex.compile(pattern, regex.IGNORECASE if query.ignore_case else 0)
    except regex.error as error:
        raise BadPattern(f"no regular expression: {error}") from error
