"""Fields and relations whose names Django cannot take, renamed throughout a Spec: a Ticket's `class` is `ticket_class`.

Pages, forms and addresses keep the Spec's own names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, overload

from autodev.blueprints.python.names import attribute, snake
from autodev.spec.expr import Aggregate, Arith, Compare, Expr, In, IsNull, Logic, Not, Ref, Units
from autodev.spec.schema import EntitySpec, RuleSpec, Spec

# What Django's models have or forbid themselves.
_TAKEN = frozenset(
    "pk id objects check clean clean_fields delete full_clean save save_base serializable_value".split()  # noqa: SIM905 - one line, not 11
)

Names = dict[tuple[str, str], str]


def django_names(spec: Spec) -> tuple[Spec, Names]:
    """The Spec with names that Django takes, and (entity, new name) → the Spec's own name of each that is new."""
    new = {
        (entity.name, name): _free(entity, name)
        for entity in spec.entities
        for name in (*(f.name for f in entity.fields), *(r.name for r in entity.relations))
        if name in _TAKEN or attribute(name) != name or "__" in name or name.endswith("_")
    }
    if not new:
        return spec, {}
    renaming = _Renaming(spec, new)
    entities = [renaming.entity(entity) for entity in spec.entities]
    return spec.model_copy(update={"entities": entities}), {(e, n): own for (e, own), n in new.items()}


def _free(entity: EntitySpec, name: str) -> str:
    plain = "_".join(part for part in name.split("_") if part)
    return f"{snake(entity.name).strip('_')}_{plain}"


@dataclass(frozen=True)
class _Renaming:
    spec: Spec
    new: Names

    def entity(self, entity: EntitySpec) -> EntitySpec:
        def named(name: str) -> str:
            return self.new.get((entity.name, name), name)

        fields = [
            f.model_copy(update={"name": named(f.name), "computed": self.expr(f.computed, entity)})
            for f in entity.fields
        ]
        actions = [
            action.model_copy(
                update={
                    "sets": {named(name): self.expr(value, entity) for name, value in action.sets.items()},
                    "requires": [self.rule(rule, entity) for rule in action.requires],
                }
            )
            for action in entity.actions
        ]
        return entity.model_copy(
            update={
                "fields": fields,
                "relations": [r.model_copy(update={"name": named(r.name)}) for r in entity.relations],
                "rules": [self.rule(rule, entity) for rule in entity.rules],
                "actions": actions,
                "title": named(entity.title),
            }
        )

    def rule(self, rule: RuleSpec, entity: EntitySpec) -> RuleSpec:
        field = self.new.get((entity.name, rule.field), rule.field) if rule.field else None
        return rule.model_copy(update={"require": self.expr(rule.require, entity), "field": field})

    @overload
    def expr(self, expr: None, entity: EntitySpec, item: EntitySpec | None = None) -> None: ...

    @overload
    def expr(self, expr: Expr, entity: EntitySpec, item: EntitySpec | None = None) -> Expr: ...

    def expr(self, expr: Expr | None, entity: EntitySpec, item: EntitySpec | None = None) -> Expr | None:
        """The expression over the new names."""
        changes: dict[str, Any] = {}
        match expr:
            case Ref() if expr.of != "actor":
                changes["path"] = self.path(item if expr.of == "item" and item is not None else entity, expr.path)
            case Compare() | Arith():
                changes = {"left": self.expr(expr.left, entity, item), "right": self.expr(expr.right, entity, item)}
            case Units() | Not() | IsNull():
                changes["of"] = self.expr(expr.of, entity, item)
            case Logic():
                changes["items"] = tuple(self.expr(part, entity, item) for part in expr.items)
            case In():
                changes["left"] = self.expr(expr.left, entity, item)
            case Aggregate():
                visited = self.spec.entity(expr.entity)
                changes = {
                    "where": self.expr(expr.where, entity, visited),
                    "value": self.expr(expr.value, entity, visited),
                }
        return expr.model_copy(update=changes) if expr is not None else None

    def path(self, entity: EntitySpec, path: str) -> str:
        found: list[str] = []
        for name in path.split("."):
            plain = name.removesuffix("_id") if entity.field(name) is None and entity.relation(name) is None else name
            found.append(self.new.get((entity.name, plain), plain) + name[len(plain) :])
            relation = entity.relation(plain)
            if relation is not None and relation.target != "User":
                entity = self.spec.entity(relation.target)
        return ".".join(found)
