"""What follows the verb and its object: "rate recipes from 1 to 5, once per user", "borrow books, at most three at a time, for 21 days"."""

from __future__ import annotations

import re

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.event_rules import add_once
from autodev.spec.rules.families.durations import add_due
from autodev.spec.rules.families.limits import add_limit
from autodev.spec.rules.families.ranges import want_range
from autodev.spec.rules.lexicon import verb_of
from autodev.spec.rules.patterns import compiled, people
from autodev.spec.rules.quantities import DURATION, duration_from
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import NUMBER, number, split_words
from autodev.spec.schema import EntitySpec

_SCALE = compiled(
    r"\b(?:with )?(?:from |between |on a scale (?:of|from) )?(?P<low>\d{1,2}) (?:to|and|-) (?P<high>\d{1,3})(?: stars?| points?)?(?=,| and\b|$)"
)
_ONCE = compiled(
    rf",? (?:and )?(?:only )?once (?:per|for each|each) (?:{people()})(?=,|$)|,? (?:but |and )?only once(?= each\b|,|$)(?: each)?"
)
_AT_A_TIME = compiled(
    rf",? (?:at most|up to|no more than|not more than|a maximum of|maximum) (?P<most>{NUMBER}) (?:at (?:a|one|the same) time|at once)(?=,|$)"
)
_FOR = compiled(rf",? for (?:up to |at most |a maximum of )?(?P<length>{DURATION})(?: each)?$")


@reads(Stage.RULES)
def after_the_object(draft: Draft, clause: Clause) -> None:
    """The records are those of the clause's verb."""
    entity = _made(draft, clause)
    if entity is None:
        return
    notes = draft.notes[entity.name]
    scale = next((f for f in entity.fields if f.type == "integer" and f.is_input and f.max is not None), None)
    if scale is not None and (match := _SCALE.search(clause.low)) and not clause.is_taken(*match.span()):
        clause.take(match)
        scale.min, scale.max = match["low"], match["high"]
        want_range(draft, clause, entity, scale)
    if draft.owner_path(entity) and (match := _ONCE.search(clause.low)):
        clause.take(match)
        add_once(draft, clause, entity, notes.subject)
    match = _AT_A_TIME.search(clause.low)
    most = number(match["most"]) if match else None
    if (
        match is not None
        and most
        and notes.ended_by
        and draft.owner_path(entity)
        and not clause.is_taken(*match.span())
    ):
        clause.take(match)
        add_limit(draft, clause, entity, most, None)
    verb = verb_of(entity.name)
    if (
        verb is not None
        and verb.close
        and (match := re.search(rf",? and {verb.close}s? (?:it|them)(?: (?:back|later))?(?=,|$)", clause.low))
    ):
        clause.take(match)
    match = _FOR.search(clause.low)
    length = duration_from(match["length"]) if match else None
    if match is not None and length and verb is not None and verb.close and not clause.is_taken(*match.span("length")):
        clause.take(match)
        add_due(draft, clause, entity, "due_at", length)


def _made(draft: Draft, clause: Clause) -> EntitySpec | None:
    """The records that the clause's verb makes, if it has one such verb."""
    words = set(split_words(clause.low))
    found = [
        entity
        for entity in draft.entities.values()
        if draft.notes[entity.name].subject is not None and (verb := verb_of(entity.name)) and words & set(verb.forms)
    ]
    return found[0] if len(found) == 1 else None
