"""The map itself: files read within bounds, ranked, and written within a budget of tokens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from autodev.lib import clock
from autodev.outline.languages import language_of
from autodev.outline.parse import Definition, Outline, outline_of
from autodev.outline.rank import Ranking, ranking
from autodev.outline.skipping import skipped, unreadable

Tokens = Callable[[str], int]
DEFINITIONS_SHARE = 0.8  # of the budget; the rest names files


@dataclass(frozen=True, kw_only=True)
class MapLimits:
    """`files` and `total_bytes` that are parsed; seconds for one file and for all."""

    files: int = 2000
    total_bytes: int = 8 * 2**20
    file_s: float = 0.3
    total_s: float = 4.0


def project_map(
    paths: Sequence[str],
    read: Callable[[str], bytes],
    *,
    task: str,
    tokens: Tokens,
    budget: int,
    limits: MapLimits | None = None,
) -> str:
    """At most `budget` tokens by `tokens`: first the definitions of the most relevant files, with their lines, then the
    names of other files. A file that cannot be read is named only. Empty for no files."""
    shown = [path for path in paths if not skipped(path)]
    outlines = _outlines(shown, read, limits or MapLimits(), task)
    ranks = ranking(outlines, task)
    order = sorted(outlines, key=lambda one: (-ranks.files[one.path], one.path))
    chosen = _chosen(order, ranks, tokens, int(budget * DEFINITIONS_SHARE))
    blocks = [_block(one, chosen[one.path]) for one in order if one.path in chosen]
    text = "\n".join(blocks)
    left = budget - tokens(text)
    rest = [one.path for one in order if one.path not in chosen]
    names = _names(rest, len(paths) - len(shown), tokens, left)
    return "\n".join(part for part in (text, names) if part)


def _outlines(paths: Sequence[str], read: Callable[[str], bytes], limits: MapLimits, task: str) -> list[Outline]:
    """Of all paths; those beyond a bound have no definitions. Files that the task names are parsed first."""
    end = clock.monotonic() + limits.total_s
    found: list[Outline] = []
    files = size = 0
    for path in sorted(paths, key=lambda path: (path not in task, path.count("/"), path)):
        within = files < limits.files and size < limits.total_bytes and clock.monotonic() < end
        if not within or not language_of(path):
            found.append(Outline(path=path))
            continue
        try:
            content = read(path)
        except (OSError, ValueError):
            found.append(Outline(path=path))
            continue
        files += 1
        size += len(content)
        seconds = min(limits.file_s, end - clock.monotonic())
        found.append(Outline(path=path) if unreadable(content) else outline_of(path, content, seconds=seconds))
    return found


def _chosen(order: Sequence[Outline], ranks: Ranking, tokens: Tokens, budget: int) -> dict[str, set[int]]:
    """Path → places of the definitions that fit, the weightiest first; each brings those around it along."""
    outlines = {one.path: one for one in order}
    chosen: dict[str, set[int]] = defaultdict(set)
    weighty = sorted(ranks.definitions.items(), key=lambda entry: (-entry[1], entry[0]))
    misses = 0
    for (path, place), _ in weighty:
        wanted = _with_parents(outlines[path], place) - chosen.get(path, set())
        if not wanted:
            continue
        cost = sum(tokens(_line(outlines[path].definitions[one])) + 1 for one in wanted)
        cost += 0 if path in chosen else tokens(path) + 2
        if cost > budget:
            misses += 1
            if misses > 20:
                break
            continue
        budget -= cost
        chosen[path] |= wanted
    return dict(chosen)


def _with_parents(outline: Outline, place: int) -> set[int]:
    found: set[int] = set()
    while place >= 0:
        found.add(place)
        place = outline.definitions[place].parent
    return found


def _block(one: Outline, places: set[int]) -> str:
    lines = [_line(one.definitions[place]) for place in sorted(places)]
    left = len(one.definitions) - len(places)
    more = [f"  … {left} more"] if left or one.partial else []
    return "\n".join([f"{one.path}:", *lines, *more])


def _line(definition: Definition) -> str:
    return f"{'  ' * (definition.depth + 1)}{definition.line}: {definition.signature}"


def _names(paths: Sequence[str], left_out: int, tokens: Tokens, budget: int) -> str:
    """Paths by folder, as many as fit; the rest is counted."""
    if not paths:
        return ""
    by_folder: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_folder[str(PurePosixPath(path).parent)].append(PurePosixPath(path).name)
    title = "Other files:"
    lines, spent, unnamed = [title], tokens(title) + 24, 0
    for folder, names in by_folder.items():
        line = f"{'' if folder == '.' else f'{folder}/: '}{', '.join(sorted(names))}"
        cost = tokens(line) + 1
        if spent + cost <= budget:
            lines.append(line)
            spent += cost
        else:
            unnamed += len(names)
    if unnamed or left_out:
        lines.append(f"… and {unnamed + left_out} files that are not named here")
    return "\n".join(lines) if spent <= budget else ""
