"""Verbs by which a person makes a record about a thing: "members borrow books" makes loans, "employees book rooms" bookings."""

from __future__ import annotations

import re
from functools import cache

from autodev.spec.expr import IsNull, Not, Now
from autodev.spec.rules.acceptance.records import life
from autodev.spec.rules.acceptance.states import action as action_scenario
from autodev.spec.rules.draft import Draft, self_
from autodev.spec.rules.event_rules import SEAT_FIELDS, STOCK_FIELDS, add_closing, add_interval, add_once, add_stock
from autodev.spec.rules.lexicon import Verb, verbs, vocabulary
from autodev.spec.rules.notation import field_from
from autodev.spec.rules.patterns import DET, MODAL, NP, compiled, people
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.taking_time import BY_TIME, SLOT_WORDS, by_day, domains_own, said_otherwise, whose_time
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import (
    article,
    identifier,
    is_plural,
    label,
    plural,
    plural_label,
    singular,
    split_words,
    words_of,
)
from autodev.spec.schema import EntitySpec, FieldSpec, RelationSpec, RuleSpec

_PREPOSITIONS = r"(?:for|on|in|to|at|about)"
_LIMIT = r"(?:(?:at most|up to|no more than|not more than|a maximum of|only|as many as) )?(?:(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten) )?"
_STOP = frozenset(
    [
        "for",
        "from",
        "until",
        "with",
        "at",
        "by",
        "only",
        "once",
        "in",
        "on",
        "of",
        "to",
        "per",
        "if",
        "when",
        "while",
        "during",
        "after",
        "before",
        "and",
        "or",
        "but",
        "so",
        "that",
        "which",
        "who",
        "unless",
        "as",
        "into",
        "twice",
        "more",
        "than",
        "every",
        "each",
        "anonymously",
        "online",
        "can",
        "may",
        "is",
        "are",
        "must",
        "without",
    ]
)
_BOUNDS = re.compile(r"\d|\b(?:cannot|can't|not|never|most|more|only|once|twice|maximum|up to|until|no)\b")


@cache
def _patterns() -> tuple[tuple[Verb, re.Pattern[str], re.Pattern[str]], ...]:
    found = []
    for verb in verbs().verbs:
        forms = "|".join(sorted(verb.forms, key=len, reverse=True))
        prep = rf"(?:{re.escape(verb.preposition)}|{_PREPOSITIONS})" if verb.preposition else ""
        bases = re.escape(verb.forms[0])
        joint = rf" {prep} " if verb.preposition else " "
        active = compiled(
            rf"(?:\b(?P<actor>(?:{people()}))(?: who| that)?(?: {MODAL}(?: only)?)?|\b{MODAL}|\bto|\bfor|\bcannot|\bcan't|\band(?= (?:{bases})\b)) (?:also |only )?(?P<verb>{forms})"
            rf"{joint}{_LIMIT}(?:{DET})?(?P<object>[a-z][\w' -]{{1,60}})"
        )
        passive = (
            compiled(
                rf"(?:{DET})?(?P<object>[a-z][\w' -]{{1,40}}?) {MODAL} be (?P<verb>{forms})(?: {prep})?(?: by (?P<actor>[a-z]+))?\b"
            )
            if verb.past
            else compiled(r"(?!)")
        )
        found.append((verb, active, passive))
    return tuple(found)


@reads(Stage.EVENTS)
def makes_records(draft: Draft, clause: Clause) -> None:
    """Every verb of the lexicon, active and passive."""
    words = set(split_words(clause.low))
    for told, active, passive in _patterns():
        verb = told
        if not words & set(verb.forms):
            continue
        match = active.search(clause.low)
        if match is not None:
            phrase = _object(match["object"])
            if phrase in {"them", "it"}:
                phrase = _mentioned(draft, clause.low[: match.start()])
                match = match if phrase else None
        else:
            match = passive.search(clause.low)
            phrase = _object(match["object"]) if match else ""
        if match is None or not phrase:
            continue
        phrase = whose_time(draft, clause, verb, phrase, match.start("object"))
        thing = _thing(draft, clause, phrase, verb)
        if thing is None or thing.name == verb.noun:
            continue
        if clause.implied and verb.uses == "slot" and (said := said_otherwise(draft, thing)) is not None:
            draft.notes[said.name].aliases.update(verb.entity_words)
            continue
        if verb.uses == "slot" and thing.owned:
            # "patients book appointments": the thing is itself what is made.
            clause.take(span=(match.start(), match.start("object") + len(phrase)))
            draft.want(
                f"{thing.plural}_made",
                clause,
                f"{article(label(thing.name)).capitalize()} can be made.",
                life(thing.name),
            )
            continue
        start = match.start("object")
        clause.take(span=(match.start() if match.start("verb") < start else start, match.end("verb")))
        clause.take(span=(start, start + len(phrase)))
        if (
            verb.uses == "slot"
            and any(thing.field(name) for name in SEAT_FIELDS)
            and (
                any(f.type == "datetime" for f in thing.fields)
                or not (SLOT_WORDS.search(clause.low, start) or words_of(thing.name)[-1] in BY_TIME)
            )
        ):
            verb = verb.model_copy(update={"uses": "seat"})
        entity = make_event(draft, clause, verb, thing, (match.groupdict().get("actor") or "").strip())
        by_day(draft, clause, entity, start)
        if verb.uses == "slot" and (slot := SLOT_WORDS.search(clause.low, start)):
            clause.take(slot)
        draft.notes[entity.name].origin = draft.notes[entity.name].origin or clause


_ABOUT = compiled(
    rf"\b(?:write|leave|add|post|make|give|create|save|submit|cast|keep|read)s? (?:{DET}|their own |their )?(?P<noun>{'|'.join(sorted({f for v in verbs().verbs for w in v.entity_words for f in (w, plural(w))}, key=len, reverse=True))})"
    rf"(?: (?:on|of|for|about|to) (?:{DET})?(?P<object>{NP}))?$"
)


@reads(Stage.EVENTS)
def said_by_the_noun(draft: Draft, clause: Clause) -> None:
    """ "users can write reviews of books", "readers can leave comments": the verb is in the noun."""
    match = _ABOUT.search(clause.low)
    if match is None or clause.is_taken(*match.span("noun")):
        return
    verb = next(v for v in verbs().verbs if singular(match["noun"]) in v.entity_words)
    if match["object"]:
        thing = _thing(draft, clause, match["object"], verb)
    else:
        thing = next(
            (e for e in draft.entities.values() if draft.notes[e.name].subject is None and e.name != verb.noun), None
        )
    if thing is None:
        return
    clause.take(match)
    who = re.match(rf"^(?:{DET})?({people()})\b", clause.low)
    entity = make_event(draft, clause, verb, thing, who.group(1) if who else "")
    draft.notes[entity.name].origin = draft.notes[entity.name].origin or clause


def _mentioned(draft: Draft, before: str) -> str:
    """The thing last spoken of: what "them" means."""
    found = [(m.start(), noun) for noun in draft.nouns() for m in re.finditer(rf"\b{re.escape(noun)}\b", before)]
    return max(found)[1] if found else ""


def _object(text: str) -> str:
    """The noun phrase at the front of what follows the verb."""
    words: list[str] = []
    for word in text.split():
        plain = word.strip("',")
        if plain in _STOP or len(words) == 3:
            break
        words.append(plain)
        if word.endswith(","):
            break
    return " ".join(words)


def _thing(draft: Draft, clause: Clause, phrase: str, verb: Verb) -> EntitySpec | None:
    words = split_words(phrase)
    for length in range(len(words), 0, -1):
        found = draft.find(" ".join(words[:length]))
        if found is not None:
            return found
    last = singular(words[-1]) if words else ""
    if (
        not words
        or clause.implied
        or last in vocabulary().never_things
        or words[-1] in {"them", "out", "up", "things", "something"}
    ):
        return None
    if (
        draft.is_person(words[-1])
        or (not is_plural(words[-1]) and len(words) > 2)
        or (verb.preposition == "for" and words[-1] == "account")
    ):
        return None
    name = draft.named(" ".join(words))
    if not name:
        return None
    write = "admin" if verb.uses != "nothing" else "member"
    entity = draft.add_entity(name, write=write)
    if verb.uses == "slot":
        entity.fields.append(field_from("name", "string unique"))
    draft.notes[name].origin = clause
    return entity


def make_event(draft: Draft, clause: Clause, verb: Verb, thing: EntitySpec, actor: str) -> EntitySpec:
    """The entity of the verb's records, with its relation to the thing and to who made it."""
    name = next((e.name for word in verb.entity_words if (e := draft.find(word)) is not None), verb.noun)
    if name == thing.name:
        return thing
    told = domains_own(draft, verb, thing)
    if told is not None:
        notes = draft.notes[told.name]
        notes.aliases.update(verb.entity_words)
        notes.subject = next(r.name for r in told.relations if r.target == thing.name)
        _requirements(draft, clause, verb, told, thing, actor)
        return told
    known = next((e for e in draft.events_of(thing.name) if e.name == name), None)
    if known is not None:
        if not _BOUNDS.search(clause.low):
            _requirements(draft, clause, verb, known, thing, actor)
        return known
    if (
        verb.uses != "nothing"
        and not thing.owned
        and not draft.notes[thing.name].access_said
        and not draft.notes[thing.name].from_domain
    ):
        thing.write = "admin"
    if name in draft.entities and draft.notes[name].subject is not None:
        name = draft.named(f"{label(thing.name)} {label(verb.noun)}")
    visibility = "public" if verb.visibility == "public" and thing.visibility == "public" else verb.visibility
    visibility = "member" if visibility == "public" and thing.visibility != "public" else visibility
    fresh = name not in draft.entities
    entity = draft.add_entity(name)
    notes = draft.notes[name]
    notes.aliases.update(verb.entity_words)
    subject = next((r.name for r in entity.relations if r.target == thing.name), identifier(label(thing.name)))
    draft.add_relation(
        entity,
        RelationSpec(
            name=subject,
            target=thing.name,
            inverse=entity.plural if thing.field(entity.plural) is None else None,
            on_delete="protect" if verb.close else "cascade",
        ),
    )
    notes.subject = notes.subject or subject
    _owner(draft, entity, actor, visibility if fresh else entity.visibility)
    for field, notation in verb.fields.items() if fresh else ():
        draft.add_field(entity, field_from(field, notation))
    if fresh or entity.title not in {f.name for f in entity.fields}:
        entity.title = subject
    if verb.opened_field:
        draft.add_field(
            entity, FieldSpec(name=verb.opened_field, type="datetime", computed=Now(), computed_on="create")
        )
    if verb.close and verb.closed_field:
        add_closing(draft, entity, verb.close, verb.closed_field)
    _requirements(draft, clause, verb, entity, thing, actor)
    return entity


def _owner(draft: Draft, entity: EntitySpec, actor: str, visibility: str) -> None:
    """A person who is a record is a relation; else the record belongs to the account that made it."""
    person = draft.find(actor) if actor else None
    if person is not None and draft.notes[person.name].listed:
        field = identifier(label(person.name))
        draft.add_relation(
            entity, RelationSpec(name=field, target=person.name, inverse=entity.plural, on_delete="protect")
        )
        draft.notes[entity.name].person = field
        entity.visibility, entity.write = "member", "member"
        draft.assume(
            f"{article(label(person.name)).capitalize()} is a record that is kept; whoever is signed in enters {plural_label(entity.name)} for it."
        )
        return
    entity.owned, entity.write = True, "owner"
    entity.visibility = "public" if visibility == "public" else "owner" if visibility == "owner" else "member"
    who = singular(actor) if actor else "user"
    draft.assume(
        f"{article(who).capitalize()} is a person with an account; {plural_label(entity.name)} belong to the account that makes them."
    )


def _requirements(draft: Draft, clause: Clause, verb: Verb, entity: EntitySpec, thing: EntitySpec, actor: str) -> None:
    who = singular(actor).capitalize() if actor else "User"
    draft.want(
        f"{entity.plural}_made",
        clause,
        f"{article(who).capitalize()} can make {article(label(entity.name))} of {article(label(thing.name))}.",
        life(entity.name),
    )
    if verb.close:
        draft.want(
            f"{entity.plural}_{verb.close}",
            clause,
            f"{article(label(entity.name)).capitalize()} can be {(verb.closed_field or '').removesuffix('_at')}.",
            action_scenario(entity.name, verb.close, {}, again=False),
        )
        rule = RuleSpec(
            id=f"open_{identifier(label(entity.name))}_kept", family="locked", on=["delete"], require=Not(of=IsNull(of=self_(verb.closed_field or ""))),
            message=f"This {label(entity.name)} is still open: {verb.close} it first.",
        )  # fmt: skip
        draft.add_rule(entity, rule)
        draft.assume(f"An open {label(entity.name)} ends by the action {verb.close}; it cannot be deleted instead.")
    if verb.uses == "slot":
        add_interval(draft, clause, entity)
    if verb.uses in {"copy", "seat"}:
        add_stock(
            draft,
            clause,
            entity,
            thing,
            STOCK_FIELDS if verb.uses == "copy" else SEAT_FIELDS,
            needed=verb.uses == "copy",
        )
    if verb.once:
        add_once(draft, clause, entity, draft.notes[entity.name].subject)
