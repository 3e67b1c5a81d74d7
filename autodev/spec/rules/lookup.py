"""Finds the part of an entity that a phrase means: "ISBN", "the price of a product", "product price", "a room's name"."""

from __future__ import annotations

import re

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.field_reading import guess
from autodev.spec.rules.words import identifier, singular, split_words
from autodev.spec.schema import EntitySpec

_OF = re.compile(r"^(?P<field>.+?) (?:of|for|on|in) (?:an? |the |each |every |all |any |its |their )?(?P<entity>.+)$")
_LEAD = re.compile(r"^(?:(?:an?|the|each|every|all|any|its|their|his|her|our) )+")


def part_of(draft: Draft, phrase: str, *, make: bool = True) -> tuple[EntitySpec, str] | None:
    """The entity and the name of its field or relation. A field that an entity is named with but lacks is made, with
    `make`; a bare word must be a field that exists, of one entity (or of the only one)."""
    words = _LEAD.sub("", phrase.strip().lower())
    possessive = re.match(r"^(.+?)(?:'s|s') (.+)$", words)
    match = _OF.match(words)
    if possessive:
        entity, field = draft.find(possessive.group(1)), possessive.group(2)
    elif match and draft.find(match["entity"]) is not None:
        entity, field = draft.find(match["entity"]), match["field"]
    else:
        return _bare(draft, words, make=make)
    if entity is None:
        return None
    return _in(entity, field, make=make)


def _in(entity: EntitySpec, field: str, *, make: bool) -> tuple[EntitySpec, str] | None:
    field = _LEAD.sub("", field)
    for name in _spellings(field):
        if entity.field(name) is not None or entity.relation(name) is not None:
            return entity, name
    if make and len(split_words(field)) <= 3 and split_words(field):
        name = identifier(" ".join([*split_words(field)[:-1], singular(split_words(field)[-1])]))
        entity.fields.append(guess(name))
        return entity, name
    return None


def _bare(draft: Draft, words: str, *, make: bool) -> tuple[EntitySpec, str] | None:
    for entity in draft.entities.values():
        for name in _spellings(words):
            if entity.field(name) is not None:
                return entity, name
    parts = split_words(words)
    named = draft.find(words)
    if named is not None:
        numbers = [f.name for f in named.fields if f.is_input and f.type in {"integer", "decimal"}]
        return (named, numbers[0]) if len(numbers) == 1 and not named.field("name") else None
    for cut in range(len(parts) - 1, 0, -1):
        found = draft.find(" ".join(parts[:cut]))
        if found is not None and len(parts) - cut <= 2:
            return _in(found, " ".join(parts[cut:]), make=make)
    return None


def _spellings(field: str) -> list[str]:
    words = split_words(field)
    if not words:
        return []
    one = [*words[:-1], singular(words[-1])]
    forms = [identifier(" ".join(words)), identifier(" ".join(one))]
    joined = "".join(words)
    forms += [joined] if joined.isascii() and joined[0].isalpha() else []
    if words[:2] == ["number", "of"]:
        forms += [identifier(" ".join(words[2:]))]
    forms += [f"{forms[0]}_at", f"{forms[0]}_on"]
    return forms
