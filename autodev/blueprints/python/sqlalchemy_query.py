"""Aggregates as SQLAlchemy queries, one statement each ahead of the condition that uses them.

open_loans = session.scalars(select(func.count()).select_from(Loan).where(Loan.book_id == loan.book_id)).one()
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from autodev.blueprints.python.code import AND, COMPARE, TERNARY, Code
from autodev.blueprints.python.expressions import Translator
from autodev.blueprints.python.names import snake
from autodev.blueprints.python.sqlalchemy_where import UntranslatableError, Where, conjuncts, visiting
from autodev.spec.expr import Aggregate, Expr, Ref


@dataclass
class Queries:
    """Gives a Translator its aggregates. `statements` are the lines to write before the code that came out."""

    session: str = "session"
    statements: list[str] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    def __call__(self, node: Aggregate, scope: Translator) -> Code:
        target = scope.spec.entity(node.entity)
        where = Where(scope, target)
        asked: list[str] = []
        rest: list[Expr] = []
        for part in conjuncts(node.where):
            try:
                asked.append(where.condition(part))
            except UntranslatableError:
                rest.append(part)
        if node.exclude_self and target.name == scope.entity.name:
            asked.append(f"{target.name}.id != {scope.self_name}.id")
        guards = [g for g in where.guards if g not in scope.known]
        code = self._in_python(node, scope, asked, rest) if rest else self._in_sql(node, scope, asked)
        return self._guarded(node, code, guards)

    def _in_sql(self, node: Aggregate, scope: Translator, asked: list[str]) -> Code:
        target = scope.spec.entity(node.entity)
        matching = f".where({', '.join(asked)})" if asked else ""
        noun = snake(target.name)
        if node.op == "exists":
            name = self._let(f"other_{noun}", f"{self._scalars(f'{target.name}.id', matching + '.limit(1)')}.first()")
            return Code(f"{name} is not None", "boolean", COMPARE)
        if node.op == "count":
            counted = f"select(func.count()).select_from({target.name}){matching}"
            return Code(self._let(f"{noun}_count", f"{self.session}.scalars({counted}).one()"), "integer")
        if not isinstance(node.value, Ref) or "." in node.value.path:
            return self._in_python(node, scope, asked, [])
        value = visiting(scope, target, "item").value(node.value)
        text = Where(scope, target).column(node.value).text
        if value.guards:
            matching += f".where({text}.is_not(None))"
        plural = value.text.rsplit(".", 1)[-1].rstrip("_s") + "s"
        rows = self._let(plural, f"{self._scalars(text, matching)}.all()")
        return self._folded(node, rows, value.type)

    def _in_python(self, node: Aggregate, scope: Translator, asked: list[str], rest: list[Expr]) -> Code:
        target = scope.spec.entity(node.entity)
        noun = snake(target.name)
        matching = f".where({', '.join(asked)})" if asked else ""
        inner = visiting(scope, target, noun if noun != scope.self_name else f"other_{noun}")
        rows = f"{self._scalars(target.name, matching)}.all()"
        return fold(self, node, inner, rows, rest)

    def _folded(self, node: Aggregate, rows: str, type_: str) -> Code:
        if node.op == "sum":
            start = ", Decimal(0)" if type_ == "decimal" else ""
            return Code(f"sum({rows}{start})", "decimal" if type_ == "decimal" else "integer")
        return average(rows, type_, self)

    def _guarded(self, node: Aggregate, code: Code, guards: list[str]) -> Code:
        if not guards:
            return code
        tests = " and ".join(f"{g} is not None" for g in guards)
        if node.op == "exists":
            return Code(f"{tests} and {code.inside(AND)}", "boolean", AND)
        nothing = "None" if node.op == "avg" else "0"
        return Code(f"{code.text} if {tests} else {nothing}", code.type, TERNARY, guards=code.guards)

    def _scalars(self, what: str, matching: str) -> str:
        return f"{self.session}.scalars(select({what}){matching})"

    def _let(self, name: str, code: str) -> str:
        unique, n = name, 2
        while unique in self._names:
            unique, n = f"{name}_{n}", n + 1
        self._names.add(unique)
        self.statements.append(f"{unique} = {code}")
        return unique


def fold(queries: Queries, node: Aggregate, inner: Translator, rows: str, rest: list[Expr]) -> Code:
    """The aggregate as a generator expression over `rows`, a Python iterable of records that `inner` calls its item."""
    tests: list[str] = []
    known = inner.known
    for part in rest:
        test = replace(inner, known=known).condition(part)
        known |= test.if_true
        tests.append(test.inside(AND))
    condition = " and ".join(tests)
    name = inner.item_name
    if node.op == "exists":
        return Code(f"any({condition or 'True'} for {name} in {rows})", "boolean")
    where = f" if {condition}" if condition else ""
    if node.op == "count":
        return Code(f"sum(1 for {name} in {rows}{where})" if where else f"len({rows})", "integer")
    if node.value is None:
        raise UntranslatableError
    value = replace(inner, known=known).value(node.value)
    missing = [f"{g} is not None" for g in value.guards if g not in known]
    if missing:
        where = f" if {' and '.join([*tests, *missing])}"
    values = f"{value.text} for {name} in {rows}{where}"
    if node.op == "sum":
        if value.type == "decimal":
            return Code(f"sum(({values}), Decimal(0))", "decimal")
        return Code(f"sum({values})", "integer")
    return average(queries._let("values", f"[{values}]"), value.type, queries)  # noqa: SLF001 - one translator


def average(rows: str, type_: str, queries: Queries) -> Code:
    """The mean of a list, None of an empty one, under a name of its own so that it can be tested for None."""
    total = f"sum({rows}, Decimal(0))" if type_ == "decimal" else f"Decimal(sum({rows}))"
    name = queries._let("average", f"{total} / len({rows}) if {rows} else None")  # noqa: SLF001 - one translator
    return Code(name, "decimal", guards=(name,))
