"""Scenarios about records that a person makes about a thing: limits, free copies and seats, no overlap, once each."""

from __future__ import annotations

from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.acceptance.slots import between, fits, slot
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.words import label, moment_label, plural_label
from autodev.spec.scenario import Scenario, Value, Values
from autodev.spec.schema import EntitySpec


def related(draft: Draft, entity: EntitySpec, name: str) -> EntitySpec:
    """The entity that a relation of `entity` goes to."""
    return draft.entities[next(r.target for r in entity.relations if r.name == name)]


def closing(draft: Draft, entity: EntitySpec) -> str | None:
    """The action that ends a record so that it no longer counts."""
    ended = draft.notes[entity.name].ended_by
    return next((a.name for a in entity.actions if any(name in a.sets for name in ended)), None)


def limit(entity_name: str, most: int, *, flag: str | None = None, over_s: int | None = None) -> Scenarios:
    """`most` are allowed, one more is not; after one has ended (`over_s` seconds later by itself) there is room again; the
    limit is each person's own."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, "limit", f"At most {most} {plural_label(entity.name)}: one more is refused")
        person = draft.notes[entity.name].person
        base: Values = {}
        if not entity.owned and person is not None:
            base = {person: Value(ref=kit.record(related(draft, entity, person)))}
        made = [kit.record(entity, base, actor="alice") for _ in range(most)]
        kit.refuse(entity, base, actor="alice")
        close = closing(draft, entity)
        ended = any(f.name == flag and f.type == "boolean" for f in entity.fields)
        if over_s is not None:
            kit.advance(over_s + 600)
            kit.record(entity, base, actor="alice")
        elif ended and made:
            kit.update(entity, made[0], {str(flag): True}, actor="alice")
            kit.record(entity, base, actor="alice")
            kit.update(entity, made[0], {str(flag): False}, actor="alice", expect="refused")
        elif close is not None and made:
            kit.act(entity, made[0], close, actor="alice")
            kit.record(entity, base, actor="alice")
            kit.refuse(entity, base, actor="alice")
        elif flag is None and made and not any("delete" in r.on for r in entity.rules):
            kit.delete(entity, made[0], actor="alice")
            kit.record(entity, base, actor="alice")
        found = [kit.done()]
        if entity.owned and most:
            own = Kit(draft, "limit_is_each_ones_own", f"The {plural_label(entity.name)} of others do not count")
            for _each in range(most):
                own.record(entity, actor="alice")
            own.record(entity, actor="bob")
            found.append(own.done())
        return found

    return build


def free_copies(entity_name: str, stock_field: str | None) -> Scenarios:
    """While all copies are out nobody gets one; when one is back, the next can have it."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        subject = draft.notes[entity.name].subject or ""
        thing = related(draft, entity, subject)
        close = closing(draft, entity)
        kit = Kit(draft, "no_free_copy", f"A {label(thing.name)} of which none is free is refused")
        copies = 2 if stock_field else 1
        given: Values = {stock_field: copies} if stock_field else {}
        ref = kit.record(thing, given)
        values: Values = {subject: Value(ref=ref)}
        people = ["alice", "bob", "carol"]
        made = [kit.record(entity, values, actor=people[i]) for i in range(copies)]
        kit.refuse(entity, values, actor=people[copies])
        if close is not None:
            kit.act(entity, made[0], close, actor=people[0])
            kit.record(entity, values, actor=people[copies])
        found = [kit.done()]
        if stock_field:
            none = Kit(draft, "none_at_all", f"A {label(thing.name)} without copies is refused")
            empty = none.record(thing, {stock_field: 0})
            none.refuse(entity, {subject: Value(ref=empty)}, actor="alice")
            field = thing.field(stock_field)
            if field is None or field.min in {None, "0"}:
                found.append(none.done())
        return found

    return build


def overlap(entity_name: str, scope: str | None) -> Scenarios:
    """Overlapping slots of one thing are refused, in every position; back to back is allowed, and so is another thing."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        relation = entity.relation(scope) if scope else None

        def start(kit: Kit) -> Values:
            return {relation.name: Value(ref=kit.record(draft.entities[relation.target]))} if relation else {}

        def at(first: int, last: int) -> Values:
            return slot(draft, entity, first, last)

        clash = Kit(draft, "overlap", f"Overlapping {plural_label(entity.name)} are refused")
        base = start(clash)
        clash.record(entity, {**base, **at(4, 8)}, actor="alice")
        for first, last in ((4, 8), (5, 7), (3, 9), (7, 10), (2, 5)):
            if not fits(entity, last - first):
                continue
            clash.refuse(entity, {**base, **at(first, last)}, actor="bob")
        beside = Kit(draft, "back_to_back", "Back to back is allowed, before and after")
        base = start(beside)
        beside.record(entity, {**base, **at(4, 8)}, actor="alice")
        beside.record(entity, {**base, **at(2, 4)}, actor="alice")
        beside.record(entity, {**base, **at(8, 10)}, actor="bob")
        moved = beside.record(entity, {**base, **at(12, 14)}, actor="bob")
        beside.update(entity, moved, at(7, 9), actor="bob", expect="refused")
        found = [clash.done(), beside.done()]
        if relation is not None:
            other = Kit(draft, "another", f"Another {label(relation.target)} is free at the same time")
            other.record(entity, {**start(other), **at(4, 8)}, actor="alice")
            other.record(entity, {**start(other), **at(4, 8)}, actor="bob")
            found.append(other.done())
        close = closing(draft, entity)
        if close is not None:
            freed = Kit(draft, "freed", f"What was ended ({close}) is free again")
            base = start(freed)
            ref = freed.record(entity, {**base, **at(4, 8)}, actor="alice")
            freed.act(entity, ref, close, actor="alice")
            freed.record(entity, {**base, **at(4, 8)}, actor="bob")
            found.append(freed.done())
        return found

    return build


def ordered(entity_name: str, first: str, second: str) -> Scenarios:
    """The second moment must come after the first."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, "order", f"The {moment_label(second)} must be after the {moment_label(first)}")
        kit.refuse(entity, between(entity, (first, second), 8, 6))
        kit.record(entity, between(entity, (first, second), 6, 8))
        return [kit.done()]

    return build


def once(entity_name: str, per: str | None) -> Scenarios:
    """The same person a second time is refused; another person is not, and nor is another thing."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        relation = entity.relation(per) if per else None
        kit = Kit(draft, "once", f"A second {label(entity.name)} of the same person is refused")
        base: Values = {}
        if relation is not None:
            base = {relation.name: Value(ref=kit.record(draft.entities[relation.target]))}
        person = draft.notes[entity.name].person
        who: Values = {}
        if not entity.owned and person is not None:
            who = {person: Value(ref=kit.record(related(draft, entity, person)))}
        kit.record(entity, {**base, **who}, actor="alice")
        kit.refuse(entity, {**base, **who}, actor="alice")
        kit.record(entity, base, actor="bob")
        if relation is not None:
            another: Values = {relation.name: Value(ref=kit.record(draft.entities[relation.target]))}
            kit.record(entity, {**another, **who}, actor="alice")
        return [kit.done()]

    return build
