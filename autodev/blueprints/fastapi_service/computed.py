"""Values that are derived whenever a record is read: properties of the model."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.blueprints.fastapi_service.rules import translator
from autodev.blueprints.python.code import Code
from autodev.blueprints.python.expressions import Translator
from autodev.blueprints.python.fields import FieldView
from autodev.blueprints.python.links import link
from autodev.blueprints.python.names import attribute, snake
from autodev.blueprints.python.rules import fitted
from autodev.blueprints.python.sqlalchemy_query import Queries, fold
from autodev.blueprints.python.sqlalchemy_where import visiting
from autodev.blueprints.render import BlueprintError
from autodev.spec.expr import Aggregate, walk
from autodev.spec.schema import EntitySpec, RelationSpec, Spec


@dataclass(frozen=True)
class ComputedView:
    """A property of a model: `statements`, then `return <value>`."""

    field: FieldView
    statements: tuple[str, ...]
    value: str
    annotation: str


def computed_view(spec: Spec, entity: EntitySpec, field: FieldView) -> ComputedView:
    """The property of a computed field. Raises BlueprintError for an aggregate over records that do not belong here."""
    if field.spec.computed is None:
        raise BlueprintError(f"{entity.name}.{field.name} is not computed")
    collections = Collections(spec, entity)
    scope = translator(spec, entity, collections, self_name="self")
    code = scope.optional(field.spec.computed)
    value = fitted(entity, field.name, code)
    annotation = f"{field.python} | None" if code.guards else field.python
    return ComputedView(field, tuple(collections.statements), value, annotation)


class Collections(Queries):
    """Aggregates over the records that point to this one, as generator expressions over the collection."""

    def __init__(self, spec: Spec, entity: EntitySpec) -> None:
        super().__init__()
        self.spec, self.entity = spec, entity

    def __call__(self, node: Aggregate, scope: Translator) -> Code:
        target = self.spec.entity(node.entity)
        found = link(node, self.entity, target)
        if found is None:
            raise BlueprintError(f"{self.entity.name}: {node.op} over {node.entity} names no relation to the record")
        relation, rest = found
        inner = visiting(scope, target, snake(target.name))
        rows = f"self.{attribute(relation.inverse or target.plural)}"
        return fold(self, node, inner, rows, rest)


def collections_used(spec: Spec, entity: EntitySpec) -> list[tuple[EntitySpec, RelationSpec]]:
    """The (entity, relation) pairs whose records the computed values of `entity` look through."""
    found: dict[tuple[str, str], tuple[EntitySpec, RelationSpec]] = {}
    for field in entity.fields:
        if field.computed is None or field.computed_on != "read":
            continue
        for node in walk(field.computed):
            if isinstance(node, Aggregate):
                target = spec.entity(node.entity)
                linked = link(node, entity, target)
                if linked is not None:
                    found[(target.name, linked[0].name)] = (target, linked[0])
    return list(found.values())
