"""One file as an outline: what it defines, which names it uses, what it imports."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tree_sitter import Node, Point, Tree

from autodev.lib import clock
from autodev.outline.languages import GRAMMARS, Grammar, language_of, parser_of

MOST_NODES = 200_000
MOST_DEFINITIONS = 2000
DEEPEST = 4  # definitions within definitions
SIGNATURE = 140
PIECE = 1 << 16
_WORD = re.compile(rb"[A-Za-z_]\w*")
_BODIES = frozenset({"function_body", "class_body", "enum_class_body"})  # Kotlin's, which have no field


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """`line` begins at 1. `parent` is the place of the definition around it in the outline's list, -1 for none."""

    name: str
    kind: str
    signature: str
    line: int
    depth: int = 0
    parent: int = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """`references`: how often each name is used, those of its own definitions included. `imports`: the words of what
    is imported. `partial`: the bounds were met before its end."""

    path: str
    language: str = ""
    definitions: tuple[Definition, ...] = ()
    references: Counter[str] = field(default_factory=Counter)
    imports: frozenset[str] = frozenset()
    partial: bool = False


def outline_of(path: str, source: bytes, *, seconds: float = 0.5) -> Outline:
    """The outline; empty but for its path where the language is not known or the parser gave up within `seconds`."""
    language = language_of(path)
    if not language:
        return Outline(path=path)
    end = clock.monotonic() + seconds
    tree = _parsed(language, source, end)
    if tree is None:
        return Outline(path=path, language=language, partial=True)
    return _Walk(path, language, source, end).outline(tree)


def _parsed(language: str, source: bytes, end: float) -> Tree | None:
    def read(offset: int, _: Point) -> bytes | None:
        return source[offset : offset + PIECE] or None

    def give_up(_: int, __: bool) -> bool:  # noqa: FBT001 - the parser calls it by position
        return clock.monotonic() > end

    try:
        return parser_of(language).parse(read, progress_callback=give_up)
    except ValueError:  # it was given up
        return None


class _Walk:
    """Goes through the tree without recursion, so that no depth of nesting ends the process."""

    def __init__(self, path: str, language: str, source: bytes, end: float) -> None:
        self._path, self._language, self._source, self._end = path, language, source, end
        self._grammar: Grammar = GRAMMARS[language]
        self._definitions: list[Definition] = []
        self._references: Counter[str] = Counter()
        self._imports: set[str] = set()
        self._open: list[tuple[int, int]] = []  # (end byte, place) of the definitions around the present node

    def outline(self, tree: Tree) -> Outline:
        cursor, partial, seen = tree.walk(), False, 0
        down = True
        while True:
            if down:
                seen += 1
                if seen > MOST_NODES or (seen % 512 == 0 and clock.monotonic() > self._end):
                    partial = True
                    break
                node = cursor.node
                deeper = node is not None and self._visit(node)
                if deeper and cursor.goto_first_child():
                    continue
            if cursor.goto_next_sibling():
                down = True
            elif cursor.goto_parent():
                down = False
            else:
                break
        return Outline(
            path=self._path, language=self._language, definitions=tuple(self._definitions),
            references=self._references, imports=frozenset(self._imports), partial=partial,
        )  # fmt: skip

    def _visit(self, node: Node) -> bool:
        """Whether its children are of interest."""
        kind = node.type
        if kind in self._grammar.imports:
            text = self._source[node.start_byte : node.end_byte]
            self._imports.update(word.decode(errors="replace") for word in _WORD.findall(text[:4000]))
        if kind.endswith("identifier") and not node.child_count:
            self._references[self._text(node)[:100]] += 1
            return False
        if kind in self._grammar.definitions:
            self._define(node, kind)
        return True

    def _define(self, node: Node, kind: str) -> None:
        wanted = self._grammar.valued.get(kind)
        value = node.child_by_field_name("value") if wanted else None
        if wanted and (value is None or value.type not in wanted):
            return
        while self._open and self._open[-1][0] <= node.start_byte:
            self._open.pop()
        name = _name(node)
        if name is None or len(self._open) >= DEEPEST or len(self._definitions) >= MOST_DEFINITIONS:
            return
        self._definitions.append(
            Definition(
                name=self._text(name)[:100], kind=self._grammar.definitions[kind],
                signature=self._signature(node, value), line=node.start_point.row + 1, depth=len(self._open),
                parent=self._open[-1][1] if self._open else -1,
            )
        )  # fmt: skip
        self._open.append((node.end_byte, len(self._definitions) - 1))

    def _signature(self, node: Node, value: Node | None) -> str:
        """The text up to the body, in one line."""
        body = _body(value if value is not None else node)
        end = body.start_byte if body is not None else node.end_byte
        raw = self._source[node.start_byte : min(end, node.start_byte + 8 * SIGNATURE)]
        text = " ".join(raw.decode(errors="replace").split()).removesuffix("=>").rstrip("{:= ")
        return text if len(text) <= SIGNATURE else f"{text[: SIGNATURE - 1]}…"

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode(errors="replace")


def _first(node: Node, wanted: Callable[[Node], bool]) -> Node | None:
    """Of the first few children, so that a node with a million of them is not read whole."""
    return next((child for at in range(min(node.child_count, 12)) if wanted(child := node.child(at))), None)


def _name(node: Node) -> Node | None:
    return (
        node.child_by_field_name("name")
        or node.child_by_field_name("type")
        or _first(node, lambda child: child.type.endswith("identifier"))
    )


def _body(node: Node) -> Node | None:
    return node.child_by_field_name("body") or _first(node, lambda child: child.type in _BODIES)
