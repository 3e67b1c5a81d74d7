"""Entities that the description only names: "a REST API for recipes and ingredients", ": products and warehouses",
"users can create, edit and delete posts"."""

from __future__ import annotations

import re

from autodev.spec.rules.acceptance.records import life
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.lexicon import verbs, vocabulary
from autodev.spec.rules.patterns import DET, MODAL, NP, compiled, people, split_list
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import is_plural, plural, plural_label, singular, split_words
from autodev.spec.schema import EntitySpec

_VERB = (
    r"(?:create|add|edit|update|change|modify|delete|remove|list|view|see|read|browse|manage|track|maintain|store|save|record|log|"
    r"organi[sz]e|post|publish|write|upload|enter|keep|submit|share|show|display|open)"
)
_CRUD = compiled(
    rf"(?:^|\b(?:(?P<actor>(?:{DET})?(?:{people()}))(?: {MODAL})?(?: also)?|to|can|may|for|and|lets? (?:users|people|me|you)|allows? (?:users|people) to) )"
    rf"(?P<verbs>{_VERB}(?:s|ing)?(?:(?:, | and |, and |/| or ){_VERB}(?:s|ing)?){{0,6}}) (?:new |all (?:the )?|any )?"
    rf"(?P<own>(?:only )?(?:their|his|her|his or her|my|its)(?: own)? )?(?P<det>{DET})?(?P<what>{NP}(?:(?:, |,? and ){NP}){{0,5}}?)(?=$| with | by | in | for | and (?:comment|rate|review|vote|like|search|filter)\b)"
)
_GERUND = compiled(
    rf"\b(?P<verbs>managing|tracking|storing|organi[sz]ing|recording|logging|keeping track of|keeping|cataloguing|creating|collecting) "
    rf"(?P<own>(?:their|his|her|my|your|our)(?: own)? )?(?P<det>{DET})?(?P<what>{NP}(?:(?:, |,? and ){NP}){{0,5}})$"
)
_HEAD = compiled(
    rf"\b(?:api|apis|backend|app|application|system|service|website|site|platform|tool|server|tracker|database|catalogue|catalog|crud|endpoints|microservice)"
    rf" (?:for|of|to manage|that manages|which manages|with) (?P<what>{NP}(?:(?:, |,? and ){NP}){{0,6}})(?= with | using | where | in | by | on |$)"
)
_LIST = compiled(rf"^(?P<what>{NP}(?:(?:, |,? and ){NP}){{1,8}})$")
_PRE = compiled(
    rf"^(?:(?:please )?(?:create|build|make|write|develop|design|implement|i need|i want|give me) )?(?:(?:a|an|the|my|our|small|simple|basic|new) ){{0,4}}(?P<what>{NP}) (?:rest api|api|crud api|crud app|crud|management (?:system|app|api|backend)|manager|tracker|catalogue|catalog|database|register|registry|directory)\b"
)


_SYSTEM = compiled(
    rf"^(?:(?:please )?(?:create|build|make|write|i need|i want) )?(?:(?:a|an|the|my|our|small|simple|basic|new) ){{0,4}}(?P<what>{NP}) (?:system|app|application|service|platform|site|website|backend)$"
)


@reads(Stage.DECLARE)
def named_in_the_head(draft: Draft, clause: Clause) -> None:
    """The nouns of the first clause, and a bare list after a colon."""
    if clause.implied:
        return
    match = _HEAD.search(clause.low) if clause.index <= 1 else None
    if (
        match
        and not clause.is_taken(*match.span("what"))
        and (draft.domain is None or _lists_known(draft, match["what"]))
    ):
        service = match.group().startswith(("api", "backend", "crud", "database", "service", "microservice", "rest"))
        _name_all(
            draft,
            clause,
            match["what"],
            match.start("what"),
            only_plurals=True,
            persons=service or draft.domain is not None,
        )
    match = (
        (_PRE.match(clause.low) or _spoken_of(draft, clause))
        if clause.index == 0 and draft.domain is None and not draft.entities
        else None
    )
    if match:
        last = split_words(match["what"])[-1:]
        gerund = last and last[0].endswith("ing") and last[0] not in _ING_THINGS
        if last and not gerund and last[0] not in vocabulary().neutral and last[0] not in vocabulary().build_verbs:
            _name_all(draft, clause, last[0], match.end("what") - len(match["what"].split()[-1]), only_plurals=False)
    if clause.index and (match := _LIST.match(clause.low)) and _all_plural(match["what"]):
        _name_all(draft, clause, match["what"], match.start("what"), only_plurals=True)


def _spoken_of(draft: Draft, clause: Clause) -> re.Match[str] | None:
    """ "An order system. An order goes from ...": the noun of the head, where a later clause begins with it."""
    match = _SYSTEM.match(clause.low)
    noun = match["what"].split()[-1] if match else ""
    later = re.compile(rf"^(?:{DET})?(?:{re.escape(noun)}|{re.escape(plural(noun))})\b")
    return match if noun and any(later.match(c.low) for c in draft.clauses[1:]) else None


@reads(Stage.DECLARE)
def managed(draft: Draft, clause: Clause) -> None:
    """ "users can create, edit and delete their own posts", "for managing books"."""
    match = _CRUD.search(clause.low) or _GERUND.search(clause.low)
    if match is None or clause.is_taken(*match.span("what")):
        return
    if clause.implied and draft.find(match["what"]) is None:
        return
    entities = _name_all(draft, clause, match["what"], match.start("what"), only_plurals=match["det"] is None)
    if not entities:
        return
    clause.take(span=(match.start(), match.start("what")))
    actor = (match.groupdict().get("actor") or "").split()[-1:]
    for entity in entities:
        own = bool(match["own"])
        if own and not entity.owned and entity.write != "admin":
            entity.owned, entity.write = True, "owner"
            entity.visibility = "owner"
        if (
            actor
            and not entity.owned
            and re.search(r"\b(?:create|add|edit|manage|post|write|keep|enter)", match["verbs"])
        ):
            draft.notes[entity.name].access_said = True
        if actor and singular(actor[0]) in vocabulary().administrators and not match["own"]:
            entity.write, entity.owned = "admin", False
            draft.notes[entity.name].access_said = True
        draft.want(
            f"{entity.plural}_records",
            clause,
            f"{plural_label(entity.name).capitalize()} are created, listed, read, changed and deleted.",
            life(entity.name),
        )


def _lists_known(draft: Draft, what: str) -> bool:
    """Whether a list of things goes beyond what the domain gives: one is known, there are several."""
    items = [text for text, _ in split_list(what)]
    return len(items) > 1 and any(draft.find(text) is not None for text in items)


def _all_plural(what: str) -> bool:
    items = [split_words(text) for text, _ in split_list(what)]
    event_nouns = _event_nouns()
    return all(words and is_plural(words[-1]) and len(words) <= 3 for words in items) and not all(
        singular(words[-1]) in event_nouns for words in items if words
    )


def _name_all(
    draft: Draft, clause: Clause, what: str, offset: int, *, only_plurals: bool, persons: bool = False
) -> list[EntitySpec]:
    """The entities of a list of nouns, new ones made; nothing for words that are no things to keep."""
    found: list[EntitySpec] = []
    for text, place in split_list(what):
        words = split_words(text)
        entity = draft.find(text)
        if entity is None:
            name = _fit(draft, words, only_plurals=only_plurals, persons=persons)
            if name is None:
                continue
            entity = draft.add_entity(name)
        notes = draft.notes[entity.name]
        notes.origin = notes.origin or clause
        clause.take(span=(offset + place, offset + place + len(text)))
        found.append(entity)
    return found


_NO_THINGS = frozenset(
    [
        "authentication",
        "authorization",
        "login",
        "logins",
        "registration",
        "search",
        "pagination",
        "filters",
        "filtering",
        "sorting",
        "roles",
        "permissions",
        "details",
        "statistics",
        "stats",
        "reports",
        "results",
        "changes",
        "options",
        "settings",
        "accounts",
        "profiles",
        "passwords",
        "messages",
        "requests",
        "others",
        "days",
        "hours",
        "files",
        "updates",
        "emails",
        "notifications",
    ]
)


def _fit(draft: Draft, words: list[str], *, only_plurals: bool, persons: bool) -> str | None:
    """The name of a new entity; None for words that name no thing to keep."""
    if not words or len(words) > 3 or (only_plurals and not is_plural(words[-1])):
        return None
    last = singular(words[-1])
    if words[-1] in _NO_THINGS or last in vocabulary().never_things or last in _event_nouns():
        return None
    if last not in vocabulary().things and ({words[-1], last} & {*vocabulary().neutral, *vocabulary().products}):
        return None
    if draft.is_person(last) and (not persons or last in _ACCOUNTS):
        return None
    kept = [w for w in words if w not in vocabulary().neutral or w == words[-1]]
    return draft.named(" ".join(kept)) or None


def _event_nouns() -> frozenset[str]:
    """Nouns of what a person makes about something: a review, a vote. They are made by their verbs."""
    return frozenset(word for verb in verbs().verbs for word in verb.entity_words)


_ING_THINGS = frozenset(
    {
        "building",
        "meeting",
        "listing",
        "painting",
        "ring",
        "reading",
        "drawing",
        "screening",
        "training",
        "recording",
        "wing",
        "string",
    }
)
_ACCOUNTS = frozenset({"user", "everyone", "anyone", "nobody", "person", "staff", "admin", "administrator"})
