"""A piece of generated Python with what is known about it: how tightly it binds, its type, what may be None in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

ATOM, UNARY, MUL, ADD, COMPARE, NOT, AND, OR, TERNARY = 90, 80, 70, 60, 50, 40, 30, 20, 10

CodeType = Literal[
    "string",
    "text",
    "integer",
    "decimal",
    "boolean",
    "date",
    "datetime",
    "email",
    "url",
    "enum",
    "duration",
    "id",
    "null",
]


@dataclass(frozen=True)
class Code:
    """`guards` are the parts that must not be None for `text` to be evaluated (in order; `text` itself where it is a
    value that may be None). `if_true` and `if_false` are parts known not to be None once the condition came out so."""

    text: str
    type: CodeType
    binds: int = ATOM
    guards: tuple[str, ...] = ()
    if_true: frozenset[str] = frozenset()
    if_false: frozenset[str] = frozenset()

    def inside(self, binds: int) -> str:
        """The text, in parentheses where an operator that binds like `binds` would tear it apart."""
        return self.text if self.binds >= binds else f"({self.text})"

    def guarded_by(self, *others: Code) -> Code:
        """This code with the guards of its parts."""
        guards = tuple(dict.fromkeys(guard for part in (*others, self) for guard in part.guards))
        return replace(self, guards=guards)


def joined(op: Literal["and", "or"], parts: list[Code]) -> Code:
    """The parts with `and` or `or` between them. Of no parts: True for `and`, False for `or`."""
    if not parts:
        return Code("True" if op == "and" else "False", "boolean")
    if len(parts) == 1:
        return parts[0]
    binds = AND if op == "and" else OR
    text = f" {op} ".join(part.inside(binds) for part in parts)
    true = frozenset[str]().union(*(p.if_true for p in parts)) if op == "and" else frozenset[str]()
    false = frozenset[str]().union(*(p.if_false for p in parts)) if op == "or" else frozenset[str]()
    return Code(text, "boolean", binds, if_true=true, if_false=false)
