"""A Spec as YAML for a person, and back. Only what is not a default is written; JSON is YAML, too.

Words stay words: `on`, `yes` and dates are no booleans and moments here, as YAML 1.2 has it, so that what is typed is
what is stored. Anchors and aliases are refused: a few lines of them can hold a document of any size.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import BaseModel

from autodev.spec.schema import Spec

TEXT_MAX = 500_000
WIDTH = 100
# What tells the members of a union apart is written even where it is the default.
TELLING = frozenset({"op", "do", "kind"})
Path = tuple[str | int, ...]
_CORE = (
    ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    ("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), "-+0123456789"),
    ("tag:yaml.org,2002:float", re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$"), "-+.0123456789"),
    ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), "~nN\0"),
)


class NotReadable(ValueError):
    """The text is no document. `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message, self.line = message, line


@dataclass(frozen=True)
class Document:
    """What a text says, and on which line (from 1) each part of it begins, by path."""

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int | None:
        """The line of the part, else of the nearest one around it. What only tells members of a union apart is no part
        of the text and passed over."""
        known: Path = ()
        for part in path:
            if (*known, part) in self.lines:
                known = (*known, part)
        return self.lines.get(known)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core words, no aliases, no key twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it open
            raise yaml.constructor.ConstructorError(None, None, "aliases are not taken: write the part out", mark)
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """The same words, so that `on` needs no quotes."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as above

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _tag, _pattern, _first in _CORE:
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(_tag, _pattern, [c if c != "\0" else "" for c in _first])


def to_text(spec: Spec | Mapping[str, Any]) -> str:
    """The Spec as YAML without its defaults; `read(to_text(spec))` is the same Spec. A document that is no Spec of this
    schema is written as it is."""
    return yaml.dump(shortened(spec), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)


def shortened(part: Any) -> Any:
    """A part of a Spec as JSON has it, without what is a default."""
    if isinstance(part, BaseModel):
        found: dict[str, Any] = {}
        for name, info in type(part).model_fields.items():
            value = getattr(part, name)
            if name in TELLING or info.is_required() or value != info.get_default(call_default_factory=True):
                found[name] = shortened(value)
        return found
    if isinstance(part, dict):
        return {key: shortened(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [shortened(value) for value in part]
    return part


def read(text: str) -> Document:
    """What the text says. Raises NotReadable with the line at fault."""
    if len(text) > TEXT_MAX:
        raise NotReadable(f"The text has {len(text)} characters; {TEXT_MAX} are the most.", 1)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise NotReadable("The text is empty.", 1)
        lines: dict[Path, int] = {}
        _mark(node, (), lines)
        data = loader.construct_document(node)
        json.dumps(data, allow_nan=False)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = str(error.problem or error.context or "this is no YAML")
        raise NotReadable(f"{said[:1].upper()}{said[1:]}.", mark.line + 1 if mark else 1) from error
    except yaml.YAMLError as error:
        raise NotReadable(str(error).splitlines()[0], 1) from error
    except RecursionError as error:
        raise NotReadable("The parts lie too deep in each other.", 1) from error
    except (TypeError, ValueError) as error:
        if isinstance(error, NotReadable):
            raise
        raise NotReadable(
            "It holds what JSON does not know; write plain text, numbers, lists and mappings.", 1
        ) from error
    return Document(data=data, lines=lines)


def _mark(node: yaml.Node, path: Path, lines: dict[Path, int]) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _mark(item, (*path, index), lines)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in lines:
                raise NotReadable(f"The key {key.value} stands here for the second time.", key.start_mark.line + 1)
            lines[here] = key.start_mark.line + 1
            _mark(value, here, lines)
