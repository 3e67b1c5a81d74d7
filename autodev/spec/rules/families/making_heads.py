"""Records that only the product's name tells of: "a tool rental API", "a product review service"."""

from __future__ import annotations

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.families.making import make_event
from autodev.spec.rules.lexicon import verb_of, verbs, vocabulary
from autodev.spec.rules.notation import field_from
from autodev.spec.rules.patterns import compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import plural, singular

_NOUNS = "|".join(
    sorted(
        {form for verb in verbs().verbs for word in verb.entity_words for form in (word, plural(word))},
        key=len,
        reverse=True,
    )
)
_HEAD = compiled(
    rf"^(?:(?:please )?(?:build|create|make|write|i need|i want) )?(?:(?:a|an|the|small|simple|basic) ){{0,3}}(?P<thing>[a-z]+) (?P<noun>{_NOUNS})(?: (?:rest )?(?:api|apis|app|application|system|service|site|website|platform|backend))?(?: as a rest api| with .*)?$"
)


@reads(Stage.EVENTS)
def in_the_head(draft: Draft, clause: Clause) -> None:
    """Only where nothing else says what is rented, booked or reviewed."""
    match = _HEAD.match(clause.low) if clause.index == 0 and not clause.implied and draft.domain is None else None
    if match is None or draft.project_type in {"cli", "library", "static_page"}:
        return
    word = singular(match["thing"])
    verb = next(v for v in verbs().verbs if singular(match["noun"]) in v.entity_words)
    words = vocabulary()
    no_thing = {*words.never_things, *words.neutral, *words.places, *words.products}
    if (word in no_thing and word not in words.things) or any(
        verb_of(e.name) is not None and draft.notes[e.name].subject for e in draft.entities.values()
    ):
        return
    known = draft.find(word)
    if known is None and draft.is_person(word):
        return
    thing = known or draft.add_entity(draft.named(word), write="admin" if verb.uses != "nothing" else "member")
    draft.notes[thing.name].origin = draft.notes[thing.name].origin or clause
    if not thing.fields and not thing.relations:
        thing.fields.append(field_from("name", "string unique" if verb.uses == "slot" else "string"))
    clause.take(span=(match.start("thing"), match.end("noun")))
    entity = make_event(draft, clause, verb, thing, "")
    draft.notes[entity.name].origin = draft.notes[entity.name].origin or clause
