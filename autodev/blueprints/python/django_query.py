"""Aggregates as Django querysets: `bookings = Booking.objects.filter(room_id=booking.room_id)`, then `.exists()`."""

from __future__ import annotations

from autodev.blueprints.python.code import AND, ATOM, TERNARY, Code
from autodev.blueprints.python.django_where import Lookup, Where, arguments
from autodev.blueprints.python.expressions import Translator
from autodev.blueprints.python.names import identifier, snake
from autodev.blueprints.python.sqlalchemy_query import Queries, average, fold
from autodev.blueprints.python.sqlalchemy_where import UntranslatableError, conjuncts, visiting
from autodev.spec.expr import Aggregate, Expr, Ref
from autodev.spec.schema import EntitySpec


class DjangoQueries(Queries):
    """Gives a Translator its aggregates. `statements` are the lines to write before the code that came out."""

    def __call__(self, node: Aggregate, scope: Translator) -> Code:
        target = scope.spec.entity(node.entity)
        where = Where(scope, target)
        asked: list[Lookup] = []
        rest: list[Expr] = []
        for part in conjuncts(node.where):
            try:
                asked.append(where.condition(part))
            except UntranslatableError:
                rest.append(part)
        guards = [g for g in where.guards if g not in scope.known]
        code = self._asked(node, scope, target, self._records(node, scope, target, asked, inline=bool(guards)), rest)
        return self._when_known(node, code, guards)

    def _records(
        self, node: Aggregate, scope: Translator, target: EntitySpec, asked: list[Lookup], *, inline: bool
    ) -> str:
        """The queryset: under a name of its own, or `inline` where it must not be built before its guards are known."""
        query = f"{target.name}.objects" + (f".filter({arguments(asked)})" if asked else ".all()")
        if node.exclude_self and target.name == scope.entity.name:
            query = f"{query.removesuffix('.all()')}.exclude(pk={scope.self_name}.pk)"
        plural = identifier(target.plural)
        return query if inline else self._let(f"other_{plural}" if node.exclude_self else plural, query)

    def _asked(self, node: Aggregate, scope: Translator, target: EntitySpec, records: str, rest: list[Expr]) -> Code:
        noun = snake(target.name)
        inner = visiting(scope, target, noun if noun != scope.self_name else f"other_{noun}")
        if rest:
            return fold(self, node, inner, records, rest)
        if node.op in ("exists", "count"):
            kind: tuple[str, str] = ("exists", "boolean") if node.op == "exists" else ("count", "integer")
            return Code(f"{records}.{kind[0]}()", "boolean" if node.op == "exists" else "integer", ATOM)
        if not isinstance(node.value, Ref):
            return fold(self, node, inner, records, [])
        value = inner.value(node.value)
        if value.guards:
            return fold(self, node, inner, records, [])
        values = f'{records}.values_list("{Where(scope, target).column(node.value).text}", flat=True)'
        if node.op == "avg":
            return average(self._let("values", values), value.type, self)
        start = ", Decimal(0)" if value.type == "decimal" else ""
        return Code(f"sum({values}{start})", "decimal" if value.type == "decimal" else "integer")

    def _when_known(self, node: Aggregate, code: Code, guards: list[str]) -> Code:
        if not guards:
            return code
        tests = " and ".join(f"{g} is not None" for g in guards)
        if node.op == "exists":
            return Code(f"{tests} and {code.inside(AND)}", "boolean", AND)
        nothing = "None" if node.op == "avg" else "0"
        return Code(f"{code.text} if {tests} else {nothing}", code.type, TERNARY, guards=code.guards)
