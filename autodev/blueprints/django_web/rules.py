"""The code of an entity's rules, computed values and actions, as the templates place it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from autodev.blueprints.django_web.fields import DjangoField
from autodev.blueprints.python.code import Code
from autodev.blueprints.python.django_query import DjangoQueries
from autodev.blueprints.python.expressions import Translator
from autodev.blueprints.python.links import link
from autodev.blueprints.python.names import attribute, identifier, snake
from autodev.blueprints.python.paths import field_or_id
from autodev.blueprints.python.rules import Assignment, Old, fitted, old_name, olds, refs
from autodev.blueprints.python.sqlalchemy_query import fold
from autodev.blueprints.python.sqlalchemy_where import visiting
from autodev.blueprints.render import BlueprintError
from autodev.spec.expr import Aggregate, Expr
from autodev.spec.schema import ActionSpec, EntitySpec, RuleSpec, Spec

ACTOR = "user"


@dataclass(frozen=True)
class RuleView:
    """A rule as a function `check_<id>`: `statements`, then `if <broken>: raise`."""

    entity: EntitySpec
    spec: RuleSpec
    statements: tuple[str, ...]
    broken: str
    olds: tuple[Old, ...]

    @property
    def function(self) -> str:
        return f"check_{identifier(self.spec.id)}"

    @property
    def asks_user(self) -> bool:
        return bool(refs([self.spec.require], "actor"))

    @property
    def signature(self) -> str:
        parts = [f"{snake(self.entity.name)}: {self.entity.name}"]
        parts += ["user: User"] if self.asks_user else []
        parts += [f"{old.name}: {old.annotation}" for old in self.olds]
        return ", ".join(parts)

    @property
    def call(self) -> str:
        parts = [snake(self.entity.name), *(["user"] if self.asks_user else []), *(old.name for old in self.olds)]
        return f"rules.{self.function}({', '.join(parts)})"


def rule_view(spec: Spec, entity: EntitySpec, rule: RuleSpec) -> RuleView:
    """The rule's code. Raises BlueprintError where its expression names nothing."""
    queries = DjangoQueries()
    scope = translator(spec, entity, queries)
    broken = scope.condition(rule.require, holds=False).text
    before = olds(entity, [rule.require], lambda field: DjangoField(entity, field).annotation)
    return RuleView(entity, rule, tuple(queries.statements), broken, before)


def translator(spec: Spec, entity: EntitySpec, queries: DjangoQueries, *, self_name: str | None = None) -> Translator:
    return Translator(
        spec, entity, self_name=self_name or snake(entity.name), actor=ACTOR, old=old_name, aggregate=queries
    )


def assignment(
    spec: Spec, entity: EntitySpec, name: str, expr: Expr, known: frozenset[str] = frozenset()
) -> Assignment:
    """The value of a field as code for a service; `known` are parts that were set before it. Raises BlueprintError."""
    resolved = field_or_id(entity, name)
    if resolved is None:
        raise BlueprintError(f"{entity.name} has no field {name!r} to set")
    queries = DjangoQueries()
    code = replace(translator(spec, entity, queries), known=known).optional(expr)
    return Assignment(tuple(queries.statements), attribute(resolved[0]), fitted(entity, name, code))


@dataclass(frozen=True)
class ActionView:
    """An action as a function of the service, a view and a button."""

    entity: EntitySpec
    spec: ActionSpec
    requires: tuple[RuleView, ...]
    sets: tuple[Assignment, ...]
    after: tuple[RuleView, ...]
    asks_user: bool

    @property
    def function(self) -> str:
        name = attribute(self.spec.name)
        taken = {"create", "update", "delete", "visible", "may_change", "index", "detail", "edit", "export"}
        return f"{name}_{snake(self.entity.name)}" if name in taken else name

    @property
    def path(self) -> str:
        return identifier(self.spec.name).replace("_", "-")

    @property
    def label(self) -> str:
        return self.spec.label or self.spec.name.replace("_", " ")

    @property
    def refuses(self) -> bool:
        """Whether a rule may refuse it."""
        return bool(self.requires or self.after)

    @property
    def olds(self) -> tuple[Old, ...]:
        rules = (*self.requires, *self.after)
        return tuple({old.attr: old for rule in rules for old in rule.olds}.values())


def action_view(spec: Spec, entity: EntitySpec, action: ActionSpec) -> ActionView:
    """The action's code: what it requires, what it sets, the values computed with it, the rules after it."""
    event = f"action:{action.name}"
    computed = [(f.name, f.computed) for f in entity.fields if f.computed is not None and f.computed_on == event]
    exprs = {**action.sets, **dict(computed)}
    sets: list[Assignment] = []
    known: frozenset[str] = frozenset()
    for name, expr in exprs.items():
        value = assignment(spec, entity, name, expr, known)
        sets.append(value)
        if "None" not in value.value:
            known |= {f"{snake(entity.name)}.{value.attr}"}
    requires = tuple(rule_view(spec, entity, rule) for rule in action.requires)
    after = tuple(rule_view(spec, entity, rule) for rule in entity.rules if event in rule.on)
    asks = any(r.asks_user for r in (*requires, *after)) or bool(refs(exprs.values(), "actor"))
    return ActionView(entity, action, requires, tuple(sets), after, asks)


@dataclass(frozen=True)
class ComputedView:
    """A property of a model: `statements`, then `return <value>`."""

    field: DjangoField
    statements: tuple[str, ...]
    value: str
    annotation: str


class Collections(DjangoQueries):
    """Aggregates over the records that point to this one, as generator expressions over the related records."""

    def __init__(self, spec: Spec, entity: EntitySpec, way_back: dict[tuple[str, str], str]) -> None:
        super().__init__()
        self.spec, self.entity, self.way_back = spec, entity, way_back

    def __call__(self, node: Aggregate, scope: Translator) -> Code:
        target = self.spec.entity(node.entity)
        found = link(node, self.entity, target)
        if found is None:
            raise BlueprintError(f"{self.entity.name}: {node.op} over {node.entity} names no relation to the record")
        relation, rest = found
        rows = f"self.{self.way_back[(target.name, relation.name)]}.all()"
        return fold(self, node, visiting(scope, target, snake(target.name)), rows, rest)


def computed_view(
    spec: Spec, entity: EntitySpec, field: DjangoField, way_back: dict[tuple[str, str], str]
) -> ComputedView:
    """The property of a computed field. Raises BlueprintError for an aggregate over records that do not belong here."""
    if field.spec.computed is None:
        raise BlueprintError(f"{entity.name}.{field.name} is not computed")
    collections = Collections(spec, entity, way_back)
    code = translator(spec, entity, collections, self_name="self").optional(field.spec.computed)
    annotation = f"{field.python} | None" if code.guards else field.python
    return ComputedView(field, tuple(collections.statements), fitted(entity, field.name, code), annotation)
