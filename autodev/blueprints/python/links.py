"""Which of the records that an aggregate visits belong to the record that asks."""

from __future__ import annotations

from autodev.blueprints.python.sqlalchemy_where import conjuncts
from autodev.spec.expr import Aggregate, Compare, Expr, Ref
from autodev.spec.schema import EntitySpec, RelationSpec


def link(node: Aggregate, entity: EntitySpec, target: EntitySpec) -> tuple[RelationSpec, list[Expr]] | None:
    """The relation by which the aggregate's records belong to the record, and the conditions beside it."""
    parts = conjuncts(node.where)
    for part in parts:
        if not isinstance(part, Compare) or part.op != "eq":
            continue
        for item, own in ((part.left, part.right), (part.right, part.left)):
            if not (isinstance(item, Ref) and item.of == "item" and isinstance(own, Ref) and own.of == "self"):
                continue
            relation = target.relation(item.path.removesuffix("_id")) or target.relation(item.path)
            if relation is not None and relation.target == entity.name and own.path in ("", "id"):
                return relation, [p for p in parts if p is not part]
    return None
