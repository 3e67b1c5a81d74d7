"""The one expression form in which business rules are written.

An expression is data: a rule analyser or a model writes it, a person reads it (`autodev.spec.render.to_english`), a
translator a language turns it into code, the acceptance scenarios measure it from outside. Types are those of
`autodev.spec.types.FieldType` plus a duration (the difference of two moments, or a literal).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lit(Node):
    """A literal. A decimal is written as a string with `type="decimal"`, a duration as seconds with
    `type="duration"`."""

    op: Literal["lit"] = "lit"
    value: str | int | bool | None
    type: Literal["string", "integer", "decimal", "boolean", "date", "datetime", "duration", "null"]

    @property
    def python(self) -> str | int | bool | Decimal | None:
        return Decimal(str(self.value)) if self.type == "decimal" else self.value


class Ref(Node):
    """A value by path. `of`: `self` the record the rule is about, `item` the record an aggregate visits, `actor` the
    signed-in user, `old` the record before the change. A path crosses to-one relations: `book.copies`."""

    op: Literal["ref"] = "ref"
    path: str
    of: Literal["self", "item", "actor", "old"] = "self"


class Now(Node):
    """The current moment (UTC). `as_date` gives the current date."""

    op: Literal["now"] = "now"
    as_date: bool = False


class Compare(Node):
    op: Literal["eq", "ne", "lt", "le", "gt", "ge"]
    left: Expr
    right: Expr


class Arith(Node):
    """Numbers, or moments and durations: moment ± duration, moment - moment."""

    op: Literal["add", "sub", "mul", "div", "max", "min"]
    left: Expr
    right: Expr


class Units(Node):
    """A duration as a whole number of units, rounded down, or up with `ceil` ("each started hour")."""

    op: Literal["units"] = "units"
    of: Expr
    unit: Literal["minute", "hour", "day", "week"]
    ceil: bool = False


class Not(Node):
    op: Literal["not"] = "not"
    of: Expr


class Logic(Node):
    op: Literal["and", "or"]
    items: tuple[Expr, ...]


class In(Node):
    op: Literal["in"] = "in"
    left: Expr
    values: tuple[Lit, ...]


class IsNull(Node):
    op: Literal["is_null"] = "is_null"
    of: Expr


class Aggregate(Node):
    """Over the records of `entity` that satisfy `where` (there `item` is the record, `self` the outer one).

    `exists` and `count` take no `value`; `sum` and `avg` need it. `exclude_self` leaves out the record the rule is
    about, so that an update does not conflict with itself. `sum` of nothing is 0, `avg` of nothing is null.
    """

    op: Literal["exists", "count", "sum", "avg"]
    entity: str
    where: Expr | None = None
    value: Expr | None = None
    exclude_self: bool = False


Expr = Annotated[
    Lit | Ref | Now | Compare | Arith | Units | Not | Logic | In | IsNull | Aggregate,
    Field(discriminator="op"),
]

for _node in (Compare, Arith, Units, Not, Logic, In, IsNull, Aggregate):
    _node.model_rebuild()


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct sub-expressions, left to right."""
    match expr:
        case Compare() | Arith():
            return (expr.left, expr.right)
        case Units() | Not() | IsNull():
            return (expr.of,)
        case Logic():
            return expr.items
        case In():
            return (expr.left, *expr.values)
        case Aggregate():
            return tuple(e for e in (expr.where, expr.value) if e is not None)
        case _:
            return ()


def walk(expr: Expr) -> list[Expr]:
    """The expression and everything below it, depth first."""
    found: list[Expr] = [expr]
    for child in children(expr):
        found.extend(walk(child))
    return found
