"""Translates conditions over the records that an aggregate visits into SQLAlchemy: `Loan.book_id == loan.book_id`.

What does not speak of the visited record is plain Python and becomes a bound value. What SQL would answer otherwise on
SQLite than on PostgreSQL (sums of moments, products of decimals) raises Untranslatable, and is then asked in Python.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from autodev.blueprints.python.code import ADD, ATOM, Code
from autodev.blueprints.python.expressions import NEGATED, SYMBOLS, Translator, alike, literal
from autodev.blueprints.python.names import attribute
from autodev.blueprints.python.paths import resolve
from autodev.spec.expr import Aggregate, Compare, Expr, In, IsNull, Lit, Logic, Not, Ref, walk
from autodev.spec.schema import EntitySpec


class UntranslatableError(Exception):
    """The expression has no form in SQL that is the same on every database."""


def speaks_of_item(expr: Expr) -> bool:
    """Whether the expression needs the record that an aggregate visits."""
    return any(isinstance(node, Ref) and node.of == "item" for node in walk(expr))


def conjuncts(expr: Expr | None) -> list[Expr]:
    """The parts that all must hold."""
    if expr is None:
        return []
    if isinstance(expr, Logic) and expr.op == "and":
        return [part for item in expr.items for part in conjuncts(item)]
    return [expr]


@dataclass
class Where:
    """Conditions on records of `item`, asked from `scope`. `guards` gathers what must not be None for that."""

    scope: Translator
    item: EntitySpec

    def __post_init__(self) -> None:
        self.guards: list[str] = []

    def condition(self, expr: Expr, *, holds: bool = True) -> str:
        """The condition as an argument of `.where(…)`. Raises UntranslatableError."""
        match expr:
            case Not():
                return self.condition(expr.of, holds=not holds)
            case Logic():
                name = "and_" if (expr.op == "and") is holds else "or_"
                return f"{name}({', '.join(self.condition(item, holds=holds) for item in expr.items)})"
            case Compare():
                return self._compare(expr, holds=holds)
            case IsNull() if speaks_of_item(expr):
                return f"{self.column(expr.of).text}.{'is_(None)' if holds else 'is_not(None)'}"
            case In() if speaks_of_item(expr):
                values = ", ".join(literal(v).text for v in expr.values)
                return f"{self.column(expr.left).text}.{'in_' if holds else 'not_in'}(({values},))"
            case Ref() if speaks_of_item(expr):
                return f"{self.column(expr).text}.is_({holds})"
            case _:
                raise UntranslatableError

    def _compare(self, expr: Compare, *, holds: bool) -> str:
        op = expr.op if holds else NEGATED[expr.op]
        if not speaks_of_item(expr.left):
            mirrored: dict[str, Literal["eq", "ne", "lt", "le", "gt", "ge"]]
            mirrored = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
            flipped = Compare(op=mirrored[expr.op], left=expr.right, right=expr.left)
            if not speaks_of_item(flipped.left):
                raise UntranslatableError
            return self._compare(flipped, holds=holds)
        left = self.column(expr.left)
        right = self.column(expr.right) if speaks_of_item(expr.right) else self._bound(expr.right)
        if right.type == "null":
            return f"{left.text}.{'is_(None)' if op == 'eq' else 'is_not(None)'}"
        if isinstance(expr.right, Lit) and right.type == "boolean":
            return f"{left.text}.is_({(right.text == 'True') is (op == 'eq')})"
        if (left, right) != alike(left, right) and not isinstance(expr.right, Lit):
            raise UntranslatableError
        return f"{left.text} {SYMBOLS[op]} {alike(left, right)[1].inside(ADD)}"

    def _bound(self, expr: Expr) -> Code:
        if any(isinstance(node, Aggregate) for node in walk(expr)):
            raise UntranslatableError
        code = self.scope.value(expr)
        self.guards.extend(g for g in code.guards if g not in self.guards)
        return code

    def column(self, expr: Expr) -> Code:
        """The column that a reference to the visited record names. Raises UntranslatableError."""
        if not isinstance(expr, Ref) or expr.of != "item":
            raise UntranslatableError
        path = resolve(self.scope.spec, self.item, expr.path)
        if path.relations:
            raise UntranslatableError
        return Code(f"{self.item.name}.{attribute(path.name)}", path.type, ATOM)


def visiting(scope: Translator, item: EntitySpec, item_name: str) -> Translator:
    """The scope inside an aggregate, where plain Python visits one record after another."""
    return replace(scope, item=item, item_name=item_name)
