"""YAML or JSON text as plain data that remembers where each key stands."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from providers.config.problems import ConfigInvalid, Place, Problem

# A hundred providers with everything that can be said of them are a tenth of this. Every member may have a text read,
# and the reader is slow.
MOST_CHARACTERS = 300_000
LARGEST = 1e15  # beyond it a database's JSON does not give the same float back
MOST_DIGITS = 100  # of a number as it is written; long ones take their square in time
DEEPEST = 50
MOST_NODES = 20_000  # counted as they are read, and again after aliases: a small text cannot become a large document
TOO_LARGE = "the document is too large"


class Loader(yaml.SafeLoader):
    """Numbers as YAML 1.2 and JSON write them: `1e-5` is one, which YAML 1.1 takes for a word. Stops where there are
    more nodes, or more brackets in brackets, than any configuration has."""

    nodes = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise ComposerError(None, None, TOO_LARGE, self.get_mark())
        node: Node | None = super().compose_node(parent, index)
        return node

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803 - its parent's word
        if self.flow_level >= DEEPEST:
            raise RecursionError
        super().fetch_flow_collection_start(TokenClass)


class Dumper(yaml.SafeDumper):
    """Puts what Loader would take for a number in quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_FLOAT = re.compile(r"^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+$")
for _side in (Loader, Dumper):
    _side.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


@dataclass
class Text:
    """`data` is the whole document; `marks` line and column, from 1, of each key and each item of a list."""

    data: Any
    source: str
    marks: dict[Place, tuple[int, int]] = field(default_factory=dict)

    def located(self, problems: tuple[Problem, ...]) -> ConfigInvalid:
        """The problems with their lines. One whose key is not in the text gets the line of what it is missing in."""
        return ConfigInvalid([self._at(problem) for problem in problems], source=self.source)

    def _at(self, problem: Problem) -> Problem:
        place = problem.place
        while place and place not in self.marks:
            place = place[:-1]
        line, column = self.marks.get(place, (1, 1))
        return replace(problem, line=line, column=column)


def read(text: str, *, source: str = "models.yaml") -> Text:
    """Raises ConfigInvalid where it is no YAML, is too large, has a key twice or a value that JSON does not know."""
    if len(text) > MOST_CHARACTERS:
        raise ConfigInvalid([Problem(place=(), message=f"more than {MOST_CHARACTERS} characters")], source=source)
    try:
        return _read(text, source)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        message = str(error.problem or "this is no YAML")
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        message = f"a character that no text has: {error.reason}"
    except (yaml.YAMLError, ValueError) as error:
        line, column, message = 1, 1, f"this is no YAML: {str(error).splitlines()[0]}"
    except RecursionError:
        line, column, message = 1, 1, "this is nested too deeply"
    raise ConfigInvalid([Problem(place=(), message=message, line=line, column=column)], source=source)


def _read(text: str, source: str) -> Text:
    as_json = _as_json(text)
    # JSON may be indented with tabs, which YAML refuses; its words hold none.
    loader = Loader(text if as_json is None else text.replace("\t", " "))
    try:
        node = loader.get_single_node()
        found = Text(data=None, source=source)
        data = _Walk(loader, found).value(node, ()) if node is not None else {}
    finally:
        loader.dispose()
    found.data = data if as_json is None else as_json
    problems = tuple(unstorable(found.data, ()))
    if problems:
        raise found.located(problems)
    return found


def unstorable(value: Any, place: Place) -> Iterator[Problem]:
    """Texts and numbers that JSON in a database does not take."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from unstorable(name, (*place, name))
            yield from unstorable(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from unstorable(inner, (*place, number))
    elif isinstance(value, str) and ("\0" in value or any("\ud800" <= char <= "\udfff" for char in value)):
        yield Problem(place=place, message="has a character that cannot be stored")
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(place=place, message="must be a finite number")
    elif isinstance(value, float) and abs(value) >= LARGEST:
        yield Problem(place=place, message="is too large a number to be kept exactly")


class _Walk:
    """From nodes to values, with the marks on the way."""

    def __init__(self, loader: Loader, text: Text) -> None:
        self._loader, self._text, self._nodes = loader, text, 0

    def value(self, node: Node, place: Place) -> Any:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self._wrong(node, place, TOO_LARGE)
        if isinstance(node, MappingNode):
            return self._mapping(node, place)
        if isinstance(node, SequenceNode):
            return [self._item(child, (*place, number)) for number, child in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, child in self._pairs(node, place):
            name = key_node.value if isinstance(key_node, ScalarNode) else None
            if name is None:
                raise self._wrong(key_node, place, "a key must be a word")
            inner = (*place, name)
            if name in found:
                raise self._wrong(key_node, inner, "stands twice")
            self._mark(key_node, inner)
            found[name] = self.value(child, inner)
        return found

    def _pairs(self, node: MappingNode, place: Place) -> Iterator[tuple[Node, Node]]:
        for key_node, child in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                raise self._wrong(key_node, place, "merge keys (<<) are not supported; write the keys out")
            yield key_node, child

    def _item(self, node: Node, place: Place) -> Any:
        self._mark(node, place)
        return self.value(node, place)

    def _scalar(self, node: Node, place: Place) -> Any:
        if node.tag in _NUMBERS and len(node.value) > MOST_DIGITS:
            raise self._wrong(node, place, "is too large a number to be kept exactly")
        value = self._loader.construct_object(node)
        if value is not None and not isinstance(value, bool | int | float | str):
            raise self._wrong(node, place, "dates and other types are not supported; put it in quotes")
        return value

    def _mark(self, node: Node, place: Place) -> None:
        self._text.marks[place] = (node.start_mark.line + 1, node.start_mark.column + 1)

    def _wrong(self, node: Node, place: Place, message: str) -> ConfigInvalid:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        return ConfigInvalid(
            [Problem(place=place, message=message, line=line, column=column)], source=self._text.source
        )


def as_yaml(document: Mapping[str, Any]) -> str:
    """Plain data as YAML that reads back to the same."""
    text: str = yaml.dump(dict(document), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def _as_json(text: str) -> Any:
    """The data where the text is JSON, whose escapes YAML reads differently; None where it is not."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> float:
    raise ValueError(name)
