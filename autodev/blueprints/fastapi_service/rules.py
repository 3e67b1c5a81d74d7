"""The code of an entity's rules, computed values and actions, as the service template places it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from autodev.blueprints.python.expressions import Translator
from autodev.blueprints.python.fields import FieldView
from autodev.blueprints.python.names import attribute, identifier, snake
from autodev.blueprints.python.paths import field_or_id
from autodev.blueprints.python.rules import Assignment, Old, fitted, old_name, olds, refs
from autodev.blueprints.python.sqlalchemy_query import Queries
from autodev.blueprints.render import BlueprintError
from autodev.spec.expr import Expr
from autodev.spec.schema import ActionSpec, EntitySpec, RuleSpec, Spec

CALLER = "caller"


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
    before = olds(entity, [rule.require], lambda field: FieldView(entity, field).annotation)
    return RuleView(entity, rule, tuple(queries.statements), broken, before)


def translator(spec: Spec, entity: EntitySpec, queries: Queries, *, self_name: str | None = None) -> Translator:
    return Translator(
        spec, entity, self_name=self_name or snake(entity.name), actor=CALLER, old=old_name, aggregate=queries
    )


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
