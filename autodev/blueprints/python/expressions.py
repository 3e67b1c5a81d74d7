"""Translates the expression form into plain Python over attributes: `loan.book.copies`, `loan.due_at - clock.now()`.

Aggregates are not plain: how they are asked depends on the ORM, so the blueprint gives a function for them. What is not
known (a comparison with a value that is None) is false, also where the condition is asked in the negative: so a rule is
broken only where it is known to be broken, and an aggregate counts only what is known to fit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from autodev.blueprints.python.code import ADD, ATOM, COMPARE, MUL, NOT, TERNARY, UNARY, Code, joined
from autodev.blueprints.python.names import attribute
from autodev.blueprints.python.paths import resolve
from autodev.blueprints.render import BlueprintError
from autodev.blueprints.text import py_str
from autodev.spec.expr import Aggregate, Arith, Compare, Expr, In, IsNull, Lit, Logic, Not, Now, Ref, Units, walk
from autodev.spec.schema import EntitySpec, Spec

SYMBOLS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
NEGATED = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
NUMBERS = {"integer", "decimal"}


def _no_aggregates(node: Aggregate, scope: Translator) -> Code:
    raise BlueprintError(f"{node.op} over {node.entity} has no place here")


@dataclass(frozen=True)
class Translator:
    """Names that expressions stand on. `self_name` and `item_name` are variables; `old` gives the code of a value
    before the change; `now` and `today` are the code of the current moment and date. `known` are parts that are known
    not to be None."""

    spec: Spec
    entity: EntitySpec
    self_name: str = "self"
    item: EntitySpec | None = None
    item_name: str = "item"
    actor: str = "user"
    now: str = "clock.now()"
    today: str = "clock.today()"
    old: Callable[[str], str] = lambda path: f"old_{path.replace('.', '_')}"
    aggregate: Callable[[Aggregate, Translator], Code] = _no_aggregates
    known: frozenset[str] = field(default=frozenset())

    def condition(self, expr: Expr, *, holds: bool = True) -> Code:  # noqa: PLR0911 - one return a kind of node
        """A boolean without guards: true where `expr` is known to hold, or with `holds=False` known not to hold."""
        match expr:
            case Not():
                return self.condition(expr.of, holds=not holds)
            case Logic():
                return self._logic(expr, holds=holds)
            case Compare():
                return self._compare(expr, holds=holds)
            case IsNull():
                return self._is_null(expr, holds=holds)
            case In():
                return self._in(expr, holds=holds)
            case Lit():
                return Code(str(bool(expr.value) is holds), "boolean")
            case _:
                return self._truth(self.value(expr), holds=holds)

    def value(self, expr: Expr) -> Code:  # noqa: PLR0911 - one return a kind of node
        """The value of `expr`, with guards for what may be None in it."""
        match expr:
            case Lit():
                return literal(expr)
            case Now():
                return Code(self.today, "date") if expr.as_date else Code(self.now, "datetime")
            case Ref():
                return self._ref(expr)
            case Arith():
                return self._arith(expr)
            case Units():
                return self._units(expr)
            case Aggregate():
                return self.aggregate(expr, self)
            case _:
                return self.condition(expr)

    def optional(self, expr: Expr) -> Code:
        """The value of `expr` as an expression of its own: `None if … is None else …` where a part may be missing."""
        code = self.value(expr)
        guards = [g for g in code.guards if g not in self.known]
        if not guards or guards == [code.text]:
            return code
        missing = " or ".join(f"{guard} is None" for guard in guards)
        return Code(f"None if {missing} else {code.text}", code.type, TERNARY, guards=(code.text,))

    def _logic(self, expr: Logic, *, holds: bool) -> Code:
        op: Literal["and", "or"] = "and" if (expr.op == "and") is holds else "or"
        parts: list[Code] = []
        scope = self
        for item in expr.items:
            part = scope.condition(item, holds=holds)
            parts.append(part)
            scope = replace(scope, known=scope.known | (part.if_true if op == "and" else part.if_false))
        return joined(op, parts)

    def _compare(self, expr: Compare, *, holds: bool) -> Code:
        op = expr.op if holds else NEGATED[expr.op]
        left, right = self.value(expr.left), self.value(expr.right)
        if "null" in (left.type, right.type):
            return self._null(left if right.type == "null" else right, is_null=op == "eq")
        if op in ("eq", "ne") and right.text in ("True", "False") and left.type == "boolean":
            return self._truth(left, holds=(right.text == "True") is (op == "eq"))
        left, right = alike(left, right)
        guards = left.guarded_by().guards + right.guards
        if op in ("eq", "ne"):
            guards = tuple(g for g in guards if g not in (left.text, right.text))
        text = f"{left.inside(ADD)} {SYMBOLS[op]} {right.inside(ADD)}"
        return self._known(Code(text, "boolean", COMPARE, guards=tuple(dict.fromkeys(guards))))

    def _is_null(self, expr: IsNull, *, holds: bool) -> Code:
        return self._null(self.value(expr.of), is_null=holds)

    def _null(self, code: Code, *, is_null: bool) -> Code:
        before = tuple(g for g in code.guards if g != code.text)
        text = f"{code.inside(ADD)} is {'' if is_null else 'not '}None"
        learnt = frozenset({code.text})
        found = self._known(Code(text, "boolean", COMPARE, guards=before))
        return replace(found, if_false=learnt) if is_null else replace(found, if_true=found.if_true | learnt)

    def _in(self, expr: In, *, holds: bool) -> Code:
        left = self.value(expr.left)
        if len(expr.values) == 1:
            return self._compare(Compare(op="eq", left=expr.left, right=expr.values[0]), holds=holds)
        values = ", ".join(literal(v).text for v in expr.values)
        text = f"{left.inside(ADD)} {'in' if holds else 'not in'} {{{values}}}"
        return self._known(Code(text, "boolean", COMPARE, guards=tuple(g for g in left.guards if g != left.text)))

    def _truth(self, code: Code, *, holds: bool) -> Code:
        before = tuple(g for g in code.guards if g != code.text)
        if holds:
            return self._known(replace(code, guards=before))
        if code.binds == COMPARE and code.text.endswith(" is not None"):
            return self._known(replace(code, text=f"{code.text.removesuffix('is not None')}is None", guards=before))
        return self._known(Code(f"not {code.inside(NOT)}", "boolean", NOT, guards=before))

    def _known(self, condition: Code) -> Code:
        """The condition behind tests of its guards that are not yet known."""
        guards = [g for g in condition.guards if g not in self.known]
        if not guards:
            return replace(condition, guards=())
        tests = [Code(f"{g} is not None", "boolean", COMPARE, if_true=frozenset({g})) for g in guards]
        return joined("and", [*tests, replace(condition, guards=())])

    def _ref(self, expr: Ref) -> Code:
        if expr.of == "actor":
            return Code(f"{self.actor}.{expr.path or 'id'}", "string" if expr.path == "email" else "id")
        if expr.of == "old":
            path = resolve(self.spec, self.entity, expr.path)
            code = self.old(path.name)
            return Code(code, path.type, guards=(code,) if path.nullable else ())
        start, entity = (self.item_name, self.item) if expr.of == "item" else (self.self_name, self.entity)
        if entity is None:
            raise BlueprintError(f"{expr.path!r} of an item, outside of an aggregate")
        path = resolve(self.spec, entity, expr.path)
        text, guards = start, []
        for step in path.relations:
            text = f"{text}.{attribute(step.name)}"
            if step.nullable:
                guards.append(text)
        text = f"{text}.{attribute(path.name)}"
        if path.nullable:
            guards.append(text)
        return Code(text, path.type, guards=tuple(guards))

    def _arith(self, expr: Arith) -> Code:
        left, right = self.value(expr.left), self.value(expr.right)
        if expr.op in ("max", "min"):
            left, right = alike(left, right)
            return Code(f"{expr.op}({left.text}, {right.text})", left.type).guarded_by(left, right)
        if expr.op in ("add", "sub"):
            left, right = (left, right) if "duration" in (left.type, right.type) else alike(left, right)
            sign, type_ = ("+" if expr.op == "add" else "-"), left.type
            if left.type in ("date", "datetime") and left.type == right.type:
                type_ = "duration"
            elif left.type == "duration" and right.type in ("date", "datetime"):
                type_ = right.type
            return Code(f"{left.inside(ADD)} {sign} {right.inside(MUL)}", type_, ADD).guarded_by(left, right)
        if expr.op == "mul":
            type_ = next((t for t in ("duration", "decimal") if t in (left.type, right.type)), left.type)
            return Code(f"{left.inside(MUL)} * {right.inside(UNARY)}", type_, MUL).guarded_by(left, right)
        return self._divide(expr, left, right)

    def _divide(self, expr: Arith, left: Code, right: Code) -> Code:
        if left.type == right.type == "integer":
            left = Code(f"Decimal({left.text})", "decimal", guards=left.guards)
        text = f"{left.inside(MUL)} / {right.inside(UNARY)}"
        if isinstance(expr.right, Lit) and expr.right.python:
            return Code(text, "decimal", MUL).guarded_by(left, right)
        return Code(f"{text} if {right.inside(NOT)} else Decimal(0)", "decimal", TERNARY).guarded_by(left, right)

    def _units(self, expr: Units) -> Code:
        of = self.value(expr.of)
        unit = f"timedelta({expr.unit}s=1)"
        if expr.ceil:
            return Code(f"-(-{of.inside(UNARY)} // {unit})", "integer", UNARY).guarded_by(of)
        return Code(f"{of.inside(MUL)} // {unit}", "integer", MUL).guarded_by(of)


def literal(lit: Lit) -> Code:  # noqa: PLR0911 - one return a type
    """A literal as Python. Moments are `datetime(…, tzinfo=UTC)`, durations `timedelta(…)`."""
    if lit.type == "null" or lit.value is None:
        return Code("None", "null")
    if lit.type == "duration":
        return Code(duration(int(lit.value)), "duration")
    if lit.type == "decimal":
        return Code(f'Decimal("{lit.python}")', "decimal")
    if lit.type == "date":
        day = dt.date.fromisoformat(str(lit.value))
        return Code(f"date({day.year}, {day.month}, {day.day})", "date")
    if lit.type == "datetime":
        return Code(f"datetime.fromisoformat({py_str(lit.value)})", "datetime")
    if lit.type == "string":
        return Code(py_str(lit.value), "string")
    return Code(repr(lit.value), lit.type, ATOM if lit.type == "boolean" or int(lit.value) >= 0 else UNARY)


def duration(seconds: int) -> str:
    """`timedelta(…)` in the largest unit that is whole."""
    for unit, size in (("weeks", 604800), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds and seconds % size == 0 and (unit != "weeks"):
            return f"timedelta({unit}={seconds // size})"
    return f"timedelta(seconds={seconds})"


def alike(left: Code, right: Code) -> tuple[Code, Code]:
    """Both sides in one type: a whole number beside a decimal becomes one, a moment beside a date its day."""
    if {left.type, right.type} == {"integer", "decimal"}:
        return _decimal(left), _decimal(right)
    if {left.type, right.type} == {"date", "datetime"}:
        return _day(left), _day(right)
    return left, right


def uses_aggregate(expr: Expr) -> bool:
    """Whether the expression asks about other records."""
    return any(isinstance(node, Aggregate) for node in walk(expr))


def _decimal(code: Code) -> Code:
    return code if code.type == "decimal" else Code(f"Decimal({code.text})", "decimal", guards=code.guards)


def _day(code: Code) -> Code:
    return code if code.type == "date" else Code(f"{code.inside(ATOM)}.date()", "date", guards=code.guards)
