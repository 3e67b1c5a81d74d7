"""A field that names a thing which is told of later: "a class has one teacher" before or after "teachers have a name"."""

from __future__ import annotations

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.relating import relate
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import identifier, label


@reads(Stage.RELATE)
def fields_that_are_things(draft: Draft, clause: Clause) -> None:
    """A text by the name of an entity becomes a relation to it, once all entities are known."""
    if clause.implied:
        return
    for entity in draft.entities.values():
        if draft.notes[entity.name].origin is not clause:
            continue
        for target in draft.entities.values():
            name = identifier(label(target.name))
            field = entity.field(name)
            if target is entity or field is None or field.type != "string" or field.unique or not field.is_input:
                continue
            if draft.notes[entity.name].from_domain or any(r.target == entity.name for r in target.relations):
                continue
            title, optional = entity.title, not field.required
            relate(draft, clause, entity, target, label(target.name), many=False, optional=optional)
            entity.title = title
