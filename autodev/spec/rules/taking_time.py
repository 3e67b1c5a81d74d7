"""What is booked or reserved: whose time it is, by which unit, and which records of it there are already."""

from __future__ import annotations

import re

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.lexicon import Verb
from autodev.spec.rules.patterns import DET, NP, compiled
from autodev.spec.rules.text import Clause
from autodev.spec.schema import EntitySpec

SLOT_WORDS = re.compile(
    r"\b(?:time ?slots?|slots?|time|hours?|period|from|between|start|interval|dates?|days?|nights?)\b"
)
_BY_DAY = re.compile(
    r"\bby (?:the )?(?:day|night)\b|\bfrom (?:a|one) (?:date|day) (?:un)?to (?:a|another) (?:date|day)\b"
)
_SLOT_OBJECT = re.compile(r"^(?:time ?slots?|slots?|times?|sessions?)$")
_WITH_WHOM = compiled(rf" (?:with|at|for|in|on|of) (?:{DET})?(?P<thing>{NP})")
# Things that are taken for a time, whatever number of people they hold.
BY_TIME = frozenset(
    ["room", "table", "hall", "car", "vehicle", "boat", "court", "desk", "machine", "studio", "van", "bus", "space"]
)


def whose_time(draft: Draft, clause: Clause, verb: Verb, phrase: str, start: int) -> str:
    """ "A time slot with a stylist" is the stylist's; a slot of nobody's names no thing."""
    if verb.uses != "slot" or not _SLOT_OBJECT.match(phrase) or draft.find(phrase) is not None:
        return phrase
    whom = _WITH_WHOM.match(clause.low, start + len(phrase))
    if whom is None or SLOT_WORDS.fullmatch(whom["thing"].split()[-1]):
        return ""
    clause.take(span=(start, whom.end()))
    return whom["thing"]


def by_day(draft: Draft, clause: Clause, entity: EntitySpec, start: int) -> None:
    """What is booked by the day or night has days for its start and end."""
    names = draft.notes[entity.name].interval
    days = _BY_DAY.search(clause.low, start) if names else None
    if names is not None and days is not None:
        clause.take(days)
        for field in (f for f in entity.fields if f.name in names):
            field.type = "date"


def said_otherwise(draft: Draft, thing: EntitySpec) -> EntitySpec | None:
    """The records by which the user's own words take a thing's time: the domain's name of them means the same."""
    return next((e for e in draft.events_of(thing.name) if draft.notes[e.name].interval is not None), None)


def domains_own(draft: Draft, verb: Verb, thing: EntitySpec) -> EntitySpec | None:
    """What the domain has for taking the thing's time already: a stylist's appointments are what customers book."""
    if verb.uses != "slot":
        return None
    for entity in draft.entities.values():
        moments = [f for f in entity.fields if f.type == "datetime" and f.is_input]
        taken = any(r.target == thing.name for r in entity.relations)
        if taken and draft.notes[entity.name].from_domain and entity.owned and len(moments) == 2:
            return entity
    return None
