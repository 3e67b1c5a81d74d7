"""Which files and definitions matter for a task: a personalised PageRank over who uses whose names.

An edge goes from a file to each file that defines a name which it uses, with the weight sqrt(uses) shared among the
files that define it, nearly none where it does not import it; names that are defined in many places make none. The
walk begins anew at the files that the task speaks of. The form follows Aider's repository map
(aider.chat/docs/repomap.html); the numbers are ours.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from autodev.outline.parse import Outline

DAMPING = 0.5  # lower than for the web: what matters lies a step or two from what the task names
ROUNDS = 12
COMMON = 8  # a name that so many files define tells nothing
SHORT = 3
NAMED_PATH, NAMED_DEFINITION, NAMED_WORD = 30.0, 10.0, 3.0
NAMED_SHARE = 0.7  # of all that the walk begins with, for the files that the task speaks of, where it does
PLAIN, INNER = 0.1, 0.3  # words that code is full of (`name`, `get`); what is defined within something else
UNSEEN = 0.05  # a name that the file does not import, and that is not defined beside it: likely another's
OUTSIDE = 0.3  # of tests, examples and migrations beside the code itself
_WORDS = re.compile(r"[A-Za-z_]\w+")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_BESIDE = re.compile(r"(^|/)(tests?|spec|examples?|migrations|fixtures|docs)/|(^|/)(test_|conftest)|[._]test\.|_spec\.")


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """`files` path → weight, all together 1; `definitions` (path, place in its outline) → weight."""

    files: Mapping[str, float]
    definitions: Mapping[tuple[str, int], float]


def ranking(outlines: Sequence[Outline], task: str) -> Ranking:
    """The weights of all files and definitions for the words of the task."""
    names, stems = _names_of(task), {_singular(word) for word in _split(task)}
    defined: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in outlines:
        for place, definition in enumerate(one.definitions):
            defined[definition.name].append((one.path, place))
    start = _starts(outlines, task, names, stems)
    edges = _edges(outlines, defined, names)
    files = _page_rank(start, edges)
    shares: dict[tuple[str, int], float] = defaultdict(float)
    for source, targets in edges.items():
        whole = sum(weight for _, _, weight in targets) or 1.0
        for path, place, weight in targets:
            if place >= 0:
                shares[path, place] += files[source] * weight / whole
    for one in outlines:
        for place, definition in enumerate(one.definitions):
            told = _told(definition.name, names, stems)
            shares[one.path, place] += files[one.path] / (4 + len(one.definitions)) * told / (1 + definition.depth)
    return Ranking(files=files, definitions=dict(shares))


def _starts(outlines: Sequence[Outline], task: str, names: set[str], stems: set[str]) -> dict[str, float]:
    """Path → share of the walk's beginnings, all together 1."""
    usual = {one.path: OUTSIDE if _BESIDE.search(one.path) else 1.0 for one in outlines}
    words = {one.path: stems & {_singular(word) for word in _split(PurePosixPath(one.path).stem)} for one in outlines}
    often = Counter(word for found in words.values() for word in found)
    named = {}
    for one in outlines:
        weight = sum(NAMED_WORD / math.sqrt(often[word]) for word in words[one.path]) * usual[one.path]
        if _spoken(one.path, task):
            weight += NAMED_PATH
        if any(definition.name in names for definition in one.definitions):
            weight += NAMED_DEFINITION
        named[one.path] = weight
    whole, told = sum(usual.values()) or 1.0, sum(named.values())
    share = NAMED_SHARE if told else 0.0
    return {path: (1 - share) * usual[path] / whole + share * named[path] / (told or 1.0) for path in usual}


def _spoken(path: str, task: str) -> bool:
    """Whether the task names the file, by its path or its name."""
    name = PurePosixPath(path).name
    return path in task or (
        len(name) > SHORT + 1 and re.search(rf"(?<![\w/.-]){re.escape(name)}(?!\w)", task) is not None
    )


def _edges(
    outlines: Sequence[Outline], defined: Mapping[str, list[tuple[str, int]]], names: set[str]
) -> dict[str, list[tuple[str, int, float]]]:
    """File → (file, place of the definition or -1 for the file itself, weight)."""
    modules: dict[str, list[str]] = defaultdict(list)
    for one in outlines:
        modules[PurePosixPath(one.path).stem].append(one.path)
    depths = {
        (one.path, place): INNER if definition.depth else 1.0
        for one in outlines
        for place, definition in enumerate(one.definitions)
    }
    edges: dict[str, list[tuple[str, int, float]]] = {}
    for one in outlines:
        out: list[tuple[str, int, float]] = []
        for name, uses in one.references.items():
            places = [place for place in defined.get(name, ()) if place[0] != one.path]
            if places and len(name) >= SHORT and len(places) <= COMMON:
                weight = math.sqrt(uses) * _distinct(name, names) / len(places)
                out += [(path, at, weight * depths[path, at] * _reached(one, name, path)) for path, at in places]
        for word in one.imports:
            files = [path for path in modules.get(word, ()) if path != one.path]
            if len(files) <= COMMON:
                out += [(path, -1, 1.0 / len(files)) for path in files]
        edges[one.path] = out
    return edges


def _page_rank(start: Mapping[str, float], edges: Mapping[str, Sequence[tuple[str, int, float]]]) -> dict[str, float]:
    rank = dict(start)
    wholes = {path: sum(weight for _, _, weight in out) for path, out in edges.items()}
    for _ in range(ROUNDS):
        lost = sum(rank[path] for path in rank if not wholes.get(path))
        following = {path: (1 - DAMPING + DAMPING * lost) * weight for path, weight in start.items()}
        for path, out in edges.items():
            if wholes[path]:
                each = DAMPING * rank[path] / wholes[path]
                for target, _, weight in out:
                    following[target] += each * weight
        rank = following
    return rank


def _reached(one: Outline, name: str, path: str) -> float:
    pure, own = PurePosixPath(path), PurePosixPath(one.path)
    seen = name in one.imports or pure.stem in one.imports or (pure.parent == own.parent and pure.suffix == own.suffix)
    return 1.0 if seen else UNSEEN


def _distinct(name: str, names: set[str]) -> float:
    if name in names:
        return 4.0
    return PLAIN if name.islower() and "_" not in name and len(name) < 8 else 1.0


def _told(name: str, names: set[str], stems: set[str]) -> float:
    if name in names:
        return 8.0
    return 3.0 if stems & {_singular(word) for word in _split(name)} else 1.0


def _names_of(task: str) -> set[str]:
    """Words of the task that look like names in code."""
    return {word for word in _WORDS.findall(task) if len(word) >= SHORT and (not word.islower() or "_" in word)}


def _split(text: str) -> set[str]:
    """`TodoList_item` → todo, list, item."""
    return {part.lower() for part in _PARTS.findall(text) if len(part) >= SHORT}


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
