"""The code of an entity's rules, computed values and actions, as the service template places it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from autodev.blueprints.python.code import Code
from autodev.blueprints.python.expressions import Translator
from autodev.blueprints.python.fields import FieldView, decimal_places
from autodev.blueprints.python.names import attribute, identifier, snake
from autodev.blueprints.python.paths import field_or_id
from autodev.blueprints.python.sqlalchemy_query import Queries
from autodev.blueprints.render import BlueprintError
from autodev.spec.expr import Expr, Ref, walk
from autodev.spec.schema import ActionSpec, EntitySpec, RuleSpec, Spec

CALLER = "caller"


def refs(exprs: Iterable[Expr], of: str) -> list[Ref]:
    """The references to `of` anywhere in the expressions."""
    return [node for expr in exprs for node in walk(expr) if isinstance(node, Ref) and node.of == of]


def old_name(path: str) -> str:
    return f"old_{attribute(path).rstrip('_')}"


@dataclass(frozen=True)
class Old:
    """A value from before a change that a rule looks at: `old_status: OrderStatus`."""

    attr: str
    annotation: str

    @property
    def name(self) -> str:
        return old_name(self.attr)


@dataclass(frozen=True)
class RuleView:
    """A rule as a function `_check_<id>`: `statements`, then `if <broken>: raise`."""

    entity: EntitySpec
    spec: RuleSpec
    statements: tuple[str, ...]
    broken: str
    olds: tuple[Old, ...]

    @property
    def function(self) -> str:
        return f"_check_{identifier(self.spec.id)}"

    @property
    def asks_database(self) -> bool:
        return any("session." in s for s in self.statements)

    @property
    def asks_caller(self) -> bool:
        return bool(refs([self.spec.require], "actor"))

    @property
    def field(self) -> str | None:
        """The name in JSON of the field at fault."""
        if self.spec.field is None:
            return None
        relation = self.entity.relation(self.spec.field)
        return f"{relation.name}_id" if relation is not None else self.spec.field

    @property
    def signature(self) -> str:
        parts = ["session: Session"] if self.asks_database else []
        parts += ["caller: Caller"] if self.asks_caller else []
        parts.append(f"{snake(self.entity.name)}: {self.entity.name}")
        parts += [f"{old.name}: {old.annotation}" for old in self.olds]
        return ", ".join(parts)

    @property
    def call(self) -> str:
        parts = ["session"] if self.asks_database else []
        parts += ["caller"] if self.asks_caller else []
        parts.append(snake(self.entity.name))
        parts += [old.name for old in self.olds]
        return f"{self.function}({', '.join(parts)})"


def rule_view(spec: Spec, entity: EntitySpec, rule: RuleSpec) -> RuleView:
    """The rule's code. Raises BlueprintError where its expression names nothing."""
    queries = Queries()
    scope = translator(spec, entity, queries)
    broken = scope.condition(rule.require, holds=False).text
    return RuleView(entity, rule, tuple(queries.statements), broken, olds(entity, [rule.require]))


def olds(entity: EntitySpec, exprs: Iterable[Expr]) -> tuple[Old, ...]:
    """The values from before that the expressions look at, each once."""
    found: dict[str, Old] = {}
    for ref in refs(exprs, "old"):
        resolved = field_or_id(entity, ref.path)
        if resolved is None:
            raise BlueprintError(f"{entity.name} has no {ref.path!r} to compare with")
        field = entity.field(ref.path)
        annotation = FieldView(entity, field).annotation if field else ("int | None" if resolved[2] else "int")
        found[resolved[0]] = Old(attribute(resolved[0]), annotation)
    return tuple(found.values())


def translator(spec: Spec, entity: EntitySpec, queries: Queries, *, self_name: str | None = None) -> Translator:
    return Translator(
        spec, entity, self_name=self_name or snake(entity.name), actor=CALLER, old=old_name, aggregate=queries
    )


@dataclass(frozen=True)
class Assignment:
    """`loan.due_at = clock.now() + timedelta(days=14)`, with the statements that go before it."""

    statements: tuple[str, ...]
    attr: str
    value: str


def assignment(
    spec: Spec, entity: EntitySpec, name: str, expr: Expr, known: frozenset[str] = frozenset()
) -> Assignment:
    """The value of a field as code for a service; `known` are parts that were set before it. Raises BlueprintError."""
    resolved = field_or_id(entity, name)
    if resolved is None:
        raise BlueprintError(f"{entity.name} has no field {name!r} to set")
    queries = Queries()
    code = replace(translator(spec, entity, queries), known=known).optional(expr)
    return Assignment(tuple(queries.statements), attribute(resolved[0]), fitted(entity, name, code))


def fitted(entity: EntitySpec, name: str, code: Code) -> str:
    """The code in the field's own type: decimals rounded to its places, whole numbers as such."""
    field = entity.field(name)
    if field is None:
        return code.text
    simple = re.fullmatch(r'(\w+\.)+\w+|None|Decimal\("[^"]*"\)', code.text) is not None
    if code.guards == (code.text,) and not simple:
        code = replace(code, text=f"None if {code.text} is None else {code.text}")
    if field.type == "decimal":
        text, missing = _split(code)
        if code.type == "integer":
            return f"{missing}Decimal({text})"
        return code.text if simple else f"{missing}round({text}, {decimal_places(field)})"
    if field.type == "integer" and code.type == "decimal":
        text, missing = _split(code)
        return f"{missing}int({text})"
    if field.type == "date" and code.type == "datetime":
        return f"({code.text}).date()" if not simple and "()" not in code.text[-2:] else f"{code.text}.date()"
    return code.text


def _split(code: Code) -> tuple[str, str]:
    """The value, and the `None if … else ` ahead of it."""
    if code.text.startswith("None if ") and " else " in code.text:
        missing, _, text = code.text.partition(" else ")
        return text, f"{missing} else "
    return code.text, ""


@dataclass(frozen=True)
class ActionView:
    """An action as a function of the service and a route."""

    entity: EntitySpec
    spec: ActionSpec
    requires: tuple[RuleView, ...]
    sets: tuple[Assignment, ...]
    after: tuple[RuleView, ...]

    @property
    def function(self) -> str:
        name = attribute(self.spec.name)
        return f"{name}_{snake(self.entity.name)}" if name in {"create", "get", "find", "update", "delete"} else name

    @property
    def path(self) -> str:
        return identifier(self.spec.name).replace("_", "-")

    @property
    def olds(self) -> tuple[Old, ...]:
        rules = (*self.requires, *self.after)
        return tuple({old.attr: old for rule in rules for old in rule.olds}.values())


def action_view(spec: Spec, entity: EntitySpec, action: ActionSpec) -> ActionView:
    """The action's code: what it requires, what it sets, the values computed with it, the rules after it."""
    event = f"action:{action.name}"
    computed = [(f.name, f.computed) for f in entity.fields if f.computed is not None and f.computed_on == event]
    sets: list[Assignment] = []
    known: frozenset[str] = frozenset()
    for name, expr in {**action.sets, **dict(computed)}.items():
        value = assignment(spec, entity, name, expr, known)
        sets.append(value)
        if "None" not in value.value:
            known |= {f"{snake(entity.name)}.{value.attr}"}
    return ActionView(
        entity,
        action,
        tuple(rule_view(spec, entity, rule) for rule in action.requires),
        tuple(sets),
        tuple(rule_view(spec, entity, rule) for rule in entity.rules if event in rule.on),
    )
