"""Relations between entities, with their requirement: to one, to many by the way back, many to many."""

from __future__ import annotations

from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import identifier, label, plural_label, singular, split_words
from autodev.spec.scenario import Scenario, Value
from autodev.spec.schema import EntitySpec, RelationSpec

MANY_TO_MANY = frozenset({"tag", "label", "category", "keyword", "genre", "skill", "hashtag", "topic", "interest"})


def relate(
    draft: Draft,
    clause: Clause,
    entity: EntitySpec,
    target: EntitySpec,
    noun: str,
    *,
    many: bool,
    optional: bool = False,
) -> None:
    """ "entity has (many) target": one is a relation of the entity, many a relation of the target back to it."""
    words = split_words(noun)
    name = identifier(" ".join([*words[:-1], singular(words[-1])])) if words else identifier(label(target.name))
    if many and label(target.name) in MANY_TO_MANY:
        field = identifier(plural_label(target.name))
        draft.add_relation(
            entity,
            RelationSpec(name=field, target=target.name, kind="many_to_many", inverse=entity.plural, required=False),
        )
        text = f"A {label(entity.name)} has any number of {plural_label(target.name)}."
        draft.want(f"{entity.plural}_{field}", clause, text, linked(entity.name, field))
        return
    carrier, goal = (target, entity) if many else (entity, target)
    field = identifier(label(goal.name)) if many else name
    if any(r.target == goal.name for r in carrier.relations):
        field = next(r.name for r in carrier.relations if r.target == goal.name)
    else:
        inverse = carrier.plural if goal.field(carrier.plural) is None else None
        draft.add_relation(
            carrier,
            RelationSpec(
                name=field,
                target=goal.name,
                inverse=inverse,
                required=not optional,
                on_delete="set_null" if optional else "cascade",
            ),
        )
    text = f"Each {label(goal.name)} has any number of {plural_label(carrier.name)}; a {label(carrier.name)} belongs to one {label(goal.name)}."
    draft.want(f"{carrier.plural}_{field}", clause, text, linked(carrier.name, field))


def linked(entity_name: str, relation_name: str) -> Scenarios:
    """The relation is kept and shown; lists can be narrowed to it; where it is required, it cannot be left out."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        relation = entity.relation(relation_name)
        if relation is None:
            return []
        target = draft.entities[relation.target]
        kit = Kit(draft, "linked", f"A {label(entity.name)} and its {label(target.name)} belong together")
        if relation.target == entity.name:
            one = kit.record(entity)
            child = kit.record(entity, {relation_name: Value(ref=one)})
            kit.read(entity, child, {relation_name: Value(ref=one)})
            return [kit.done()]
        first, second = kit.record(target), kit.record(target)
        own = kit.record(entity, {relation_name: Value(ref=first)})
        other = kit.record(entity, {relation_name: Value(ref=second)})
        if relation.kind == "many_to_many":
            kit.read(entity, own, {relation_name: Value(ref=first)})
            return [kit.done()]
        kit.read(entity, own, {relation_name: Value(ref=first)})
        kit.listed(entity, query={relation_name: {"ref": first}}, contains=(own,), lacks=(other,))
        found = [kit.done()]
        if relation.required:
            without = Kit(draft, "needed", f"A {label(entity.name)} without a {label(target.name)} is refused")
            without.refuse(entity, omit=(relation_name,), field=relation_name)
            found.append(without.done())
        return found

    return build
