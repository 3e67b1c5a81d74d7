"""What a Spec names must be there: fields, relations, entities, actions, requirements. The schema does not see that.

A person who edits a Spec is told where a name leads nowhere, before a blueprint or a check runs into it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from autodev.spec.editing.problem import Problem
from autodev.spec.expr import Aggregate, Expr, Ref, children
from autodev.spec.schema import EntitySpec, RuleSpec, Spec

OWNER = frozenset({"owner", "owner_id"})
ITSELF = frozenset({"", "id"})
ACCOUNT = "User"
Place = tuple[str | int, ...]


def loose_ends(spec: Spec) -> list[Problem]:
    """Every name in the Spec that leads nowhere."""
    return [*_entities(spec), *_lists(spec)]


def _lists(spec: Spec) -> Iterator[Problem]:
    names = [entity.name for entity in spec.entities]
    for group in ("actors", "features", "screens", "endpoints"):
        for index, part in enumerate(getattr(spec, group)):
            if part.entity is not None and part.entity not in names:
                yield _missing((group, index, "entity"), "entity", part.entity, names)
    for index, feature in enumerate(spec.features):
        entity = next((e for e in spec.entities if e.name == feature.entity), None)
        for name in feature.fields if entity is not None else ():
            if name not in _columns(entity):
                yield _missing(("features", index, "fields"), f"field of {feature.entity}", name, _columns(entity))


def _entities(spec: Spec) -> Iterator[Problem]:
    ids = [requirement.id for requirement in spec.requirements]
    for index, entity in enumerate(spec.entities):
        here: Place = ("entities", index)
        columns = _columns(entity)
        yield from _twice((*here, "fields"), "field or relation", columns)
        yield from _twice((*here, "actions"), "action", [action.name for action in entity.actions])
        if entity.title not in columns:
            yield _missing((*here, "title"), f"field or relation of {entity.name}", entity.title, columns)
        for n, one in enumerate(entity.fields):
            if one.type == "enum" and not one.choices:
                yield Problem(
                    (*here, "fields", n, "choices"), f"{entity.name}.{one.name} has no choices.", "List them."
                )
            if one.computed is not None:
                yield from _expression(spec, entity, one.computed, (*here, "fields", n, "computed"))
        for n, rule in enumerate(entity.rules):
            yield from _rule(spec, entity, rule, ids, (*here, "rules", n))
        for n, action in enumerate(entity.actions):
            for name, value in action.sets.items():
                place = (*here, "actions", n, "sets", name)
                if name not in columns:
                    yield _missing(place, f"field of {entity.name}", name, columns)
                yield from _expression(spec, entity, value, place)
            for m, rule in enumerate(action.requires):
                yield from _rule(spec, entity, rule, ids, (*here, "actions", n, "requires", m))


def _rule(spec: Spec, entity: EntitySpec, rule: RuleSpec, ids: list[str], here: Place) -> Iterator[Problem]:
    columns = _columns(entity)
    if rule.field is not None and rule.field not in [*columns, *(f"{r.name}_id" for r in entity.relations)]:
        yield _missing((*here, "field"), f"field of {entity.name}", rule.field, columns)
    if rule.requirement and rule.requirement not in ids:
        yield _missing((*here, "requirement"), "requirement", rule.requirement, ids)
    actions = [f"action:{action.name}" for action in entity.actions]
    for n, event in enumerate(rule.on):
        if event not in ("create", "update", "delete", *actions):
            yield _missing((*here, "on", n), "operation", event, ["create", "update", "delete", *actions])
    yield from _expression(spec, entity, rule.require, (*here, "require"))


def _expression(
    spec: Spec, entity: EntitySpec, expr: Expr, here: Place, item: EntitySpec | None = None
) -> Iterator[Problem]:
    """`item` is the entity that the innermost aggregate around visits. All problems are told at the expression."""
    if isinstance(expr, Ref):
        if expr.of == "actor":
            return
        start = item if expr.of == "item" else entity
        if start is None:
            yield Problem(here, f"{expr.path} is of an item, but no aggregate is around it.", "Write `of: self`.")
        elif not leads_somewhere(spec, start, expr.path):
            yield _missing(here, f"path from {start.name}", expr.path, _columns(start))
        return
    if isinstance(expr, Aggregate):
        visited = next((e for e in spec.entities if e.name == expr.entity), None)
        if visited is None:
            yield _missing(here, "entity", expr.entity, [e.name for e in spec.entities])
            return
        item = visited
    for child in children(expr):
        yield from _expression(spec, entity, child, here, item)


def leads_somewhere(spec: Spec, entity: EntitySpec, path: str) -> bool:
    """Whether the path names something of a record of `entity`: over to-one relations to a field, a relation, the
    record itself or its owner."""
    *way, last = path.split(".")
    for name in way:
        relation = entity.relation(name)
        if relation is None:
            return False
        if relation.target == ACCOUNT:
            return True
        entity = spec.entity(relation.target)
    if last in ITSELF or (last in OWNER and entity.owned):
        return True
    return last in _columns(entity) or last.removesuffix("_id") in [relation.name for relation in entity.relations]


def _columns(entity: EntitySpec | None) -> list[str]:
    if entity is None:
        return []
    return [field.name for field in entity.fields] + [relation.name for relation in entity.relations]


def _missing(path: Place, what: str, name: str, there: Iterable[str]) -> Problem:
    known = list(there)
    return Problem(path, f"There is no {what} {name!r}.", f"There are: {', '.join(known)}." if known else "")


def _twice(path: Place, what: str, names: list[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem(path, f"The {what} {name!r} stands here {count} times.", "Rename one of them.")
