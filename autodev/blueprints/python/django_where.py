"""Translates conditions over the records that an aggregate visits into Django lookups: `room_id=booking.room_id`.

What does not speak of the visited record is plain Python and becomes the lookup's value. What a database would answer
otherwise than Python raises UntranslatableError, and is then asked in Python.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from autodev.blueprints.python.code import Code
from autodev.blueprints.python.expressions import NEGATED, Translator, alike, literal
from autodev.blueprints.python.names import attribute
from autodev.blueprints.python.paths import resolve
from autodev.blueprints.python.sqlalchemy_where import UntranslatableError, speaks_of_item
from autodev.spec.expr import Aggregate, Compare, Expr, In, IsNull, Lit, Logic, Not, Ref, walk
from autodev.spec.schema import EntitySpec

_MIRRORED: dict[str, Literal["eq", "ne", "lt", "le", "gt", "ge"]] = {
    "eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le",
}  # fmt: skip
_SUFFIX = {"eq": "", "lt": "__lt", "le": "__lte", "gt": "__gt", "ge": "__gte"}


@dataclass(frozen=True)
class Lookup:
    """One argument of `.filter(…)`: a keyword argument, or with an empty `key` a `Q` expression."""

    key: str
    value: str

    @property
    def q(self) -> str:
        return f"Q({self.key}={self.value})" if self.key else self.value


def arguments(lookups: list[Lookup]) -> str:
    """The lookups as arguments of one call: `Q` expressions first, keywords after them, none of them twice."""
    keywords: dict[str, str] = {}
    positional: list[str] = []
    for lookup in lookups:
        if not lookup.key or lookup.key in keywords:
            positional.append(lookup.q)
        else:
            keywords[lookup.key] = lookup.value
    return ", ".join([*positional, *(f"{key}={value}" for key, value in keywords.items())])


@dataclass
class Where:
    """Conditions on records of `item`, asked from `scope`. `guards` gathers what must not be None for that."""

    scope: Translator
    item: EntitySpec
    guards: list[str] = field(default_factory=list)

    def condition(self, expr: Expr, *, holds: bool = True) -> Lookup:
        """The condition as a lookup. Raises UntranslatableError."""
        match expr:
            case Not():
                return self.condition(expr.of, holds=not holds)
            case Logic():
                sign = " & " if (expr.op == "and") is holds else " | "
                parts = [self.condition(item, holds=holds).q for item in expr.items]
                return Lookup("", f"({sign.join(parts)})")
            case Compare():
                return self._compare(expr, holds=holds)
            case IsNull() if speaks_of_item(expr):
                return Lookup(f"{self.column(expr.of).text}__isnull", str(holds))
            case In() if speaks_of_item(expr):
                values = ", ".join(literal(v).text for v in expr.values)
                return self._positive(f"{self.column(expr.left).text}__in", f"[{values}]", holds=holds)
            case Ref() if speaks_of_item(expr):
                return Lookup(self.column(expr).text, str(holds))
            case _:
                raise UntranslatableError

    def _compare(self, expr: Compare, *, holds: bool) -> Lookup:
        if not speaks_of_item(expr.left):
            flipped = Compare(op=_MIRRORED[expr.op], left=expr.right, right=expr.left)
            if not speaks_of_item(flipped.left):
                raise UntranslatableError
            return self._compare(flipped, holds=holds)
        op = expr.op if holds else NEGATED[expr.op]
        left = self.column(expr.left)
        right = self._column_value(expr.right) if speaks_of_item(expr.right) else self._bound(expr.right)
        if right.type == "null":
            return Lookup(f"{left.text}__isnull", str(op == "eq"))
        if (left, right) != alike(left, right) and not isinstance(expr.right, Lit):
            raise UntranslatableError
        value = alike(left, right)[1].text
        if op == "ne":
            return self._positive(left.text, value, holds=False, nullable=bool(left.guards))
        return Lookup(f"{left.text}{_SUFFIX[op]}", value)

    def _positive(self, key: str, value: str, *, holds: bool, nullable: bool = False) -> Lookup:
        """The lookup, or its opposite; of a value that is not known neither is true."""
        if holds:
            return Lookup(key, value)
        known = f" & Q({key.removesuffix('__in')}__isnull=False)" if nullable else ""
        return Lookup("", f"~Q({key}={value}){known}")

    def _column_value(self, expr: Expr) -> Code:
        column = self.column(expr)
        return Code(f'F("{column.text}")', column.type)

    def _bound(self, expr: Expr) -> Code:
        if any(isinstance(node, Aggregate) for node in walk(expr)):
            raise UntranslatableError
        code = self.scope.value(expr)
        self.guards.extend(g for g in code.guards if g not in self.guards)
        return code

    def column(self, expr: Expr) -> Code:
        """The lookup's name of what a reference to the visited record names. Raises UntranslatableError."""
        if not isinstance(expr, Ref) or expr.of != "item":
            raise UntranslatableError
        path = resolve(self.scope.spec, self.item, expr.path)
        text = "__".join([*(attribute(step.name) for step in path.relations), attribute(path.name)])
        return Code(text, path.type, guards=(text,) if path.nullable or path.relations else ())
