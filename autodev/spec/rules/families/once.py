"""Once for each person: "a user can rate a book only once", "one review per user per product", "only one vote per poll"."""

from __future__ import annotations

import re

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.event_rules import add_once
from autodev.spec.rules.families.making import make_event
from autodev.spec.rules.lexicon import Verb, verbs
from autodev.spec.rules.patterns import CANNOT, DET, MODAL, NP, compiled, people
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import split_words
from autodev.spec.schema import EntitySpec

_FORMS = "|".join(sorted({form for verb in verbs().verbs for form in verb.forms}, key=lambda f: (-len(f), f)))
_ONLY_ONCE = compiled(
    rf"^(?P<actor>(?:{DET})?(?:{people()})) (?:{MODAL} )?(?:only )?(?P<verb>{_FORMS})(?: (?:for|on|in|to|at))? (?P<thing>(?:{DET}|the same )?{NP}) (?:only )?(?:once|one time|a single time)(?: only)?$"
)
_ONCE_IN = compiled(
    rf"^(?P<actor>(?:{DET})?(?:{people()})) (?:{MODAL} )?(?:only )?(?P<verb>{_FORMS}) (?:only )?once (?:for|on|in|to|at|per) (?P<thing>(?:{DET})?{NP})$"
)
_NOT_TWICE = compiled(
    rf"^(?:no |(?:an?|the|each) )?(?P<actor>{people()}|one) (?:{CANNOT}|can|may) (?P<verb>{_FORMS})(?: (?:for|on|in|to|at))? (?P<thing>(?:the same |{DET})?{NP}) (?:twice|more than once|again|a second time)$"
)
_NOT_TWICE_IN = compiled(
    rf"^(?:no |(?:an?|the|each) )?(?P<actor>{people()}|one) (?:{CANNOT}|can|may) (?P<verb>{_FORMS}) (?:twice|more than once) (?:for|on|in|to|at) (?P<thing>(?:the same |{DET})?{NP})$"
)
_ONE_PER = compiled(
    rf"^(?:there (?:is|can be|may be) )?(?:only |at most |just )?(?:one|a single|1) (?P<event>{NP}) (?:per|for each|for every|by each) (?P<a>{NP})(?: (?:and|per|for each|for every|on each|in each|,)+ (?P<b>{NP}))?$"
)
_EACH_ONE = compiled(
    rf"^(?:each|every|an?|the) (?P<actor>{people()}) (?:{MODAL} )?(?:have|has|write|writes|leave|leaves|give|gives|make|makes|submit|submits|post|posts|cast|casts|gets?) (?:only |at most |just )?(?:one|a single|1) (?P<event>{NP}) (?:per|for each|for every|for a|on a|on each|in a|in each|of each) (?P<thing>{NP})$"
)


# A limit that begins anew with each period is another rule than once and for all.
_PERIOD = compiled(r"\b(?:minute|hour|day|night|week|weekend|month|quarter|year|time)s?$")


@reads(Stage.RULES)
def only_once(draft: Draft, clause: Clause) -> None:
    """A second record of the same person about the same thing is refused."""
    for pattern in (_ONLY_ONCE, _ONCE_IN, _NOT_TWICE, _NOT_TWICE_IN):
        match = pattern.match(clause.low)
        thing = draft.find(match["thing"].replace("the same ", "")) if match else None
        if match is None or thing is None:
            continue
        verb = next(v for v in verbs().verbs if match["verb"] in v.forms)
        entity = _event(draft, clause, verb, thing, match["actor"])
        per = next((r.name for r in entity.relations if r.target == thing.name), None)
        clause.take(match)
        add_once(draft, clause, entity, per)
        return
    match = _EACH_ONE.match(clause.low) or _ONE_PER.match(clause.low)
    event = draft.find(match["event"]) if match else None
    if match is None or event is None:
        return
    groups = match.groupdict()
    sides = [groups.get("thing"), groups.get("a"), groups.get("b"), groups.get("actor")]
    if any(side and _PERIOD.search(side) for side in sides):
        return
    things = [e for side in sides if side and (e := draft.find(side)) is not None]
    persons = [side for side in sides if side and draft.find(side) is None and draft.is_person(split_words(side)[-1])]
    per = next((r.name for thing in things for r in event.relations if r.target == thing.name), None)
    if not persons and not (draft.owner_path(event) and per):
        return
    if draft.owner_path(event) is None:
        event.owned, event.write = True, "owner"
    clause.take(match)
    add_once(draft, clause, event, per)


def _event(draft: Draft, clause: Clause, verb: Verb, thing: EntitySpec, actor: str) -> EntitySpec:
    known = [e for e in draft.events_of(thing.name) if e.name == verb.noun]
    if known:
        return known[0]
    for entity in draft.entities.values():
        if entity.name == verb.noun and any(r.target == thing.name for r in entity.relations):
            return entity
    return make_event(draft, clause, verb, thing, re.sub(r"^(?:an?|the|each|every|no) ", "", actor))
