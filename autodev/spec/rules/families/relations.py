"""Relations in words: "each author has many books", "a book belongs to an author", "comments on posts"."""

from __future__ import annotations

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.families.ownership import make_owned, want_ownership
from autodev.spec.rules.lexicon import vocabulary
from autodev.spec.rules.patterns import DET, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.relating import linked, relate
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import is_plural, singular, split_words
from autodev.spec.schema import EntitySpec, RelationSpec

_MANY = compiled(
    rf"^(?P<one>(?:{DET})?{NP}) (?:can |may |could )?(?:have|has|contains?|holds?|owns?|includes?|consists? of|is made of|gets?) "
    rf"(?P<many>(?:many|several|multiple|any number of|zero or more|one or more|a list of|a number of|a set of|lots of) )(?P<other>{NP})$"
)
_BELONGS = compiled(
    rf"^(?P<one>(?:{DET})?{NP}) (?:(?:must |can |may |should |always )?(?:belongs?|is assigned|are assigned|be assigned|is attached|are attached|is linked|are linked|refers?) to|"
    rf"(?:is|are) (?:part of|written by|made by|taught by|published by|grouped by|grouped in(?:to)?|organi[sz]ed in(?:to)?|in|filed under|placed in)) "
    rf"(?:exactly |only )?(?P<det>one or more |many |several |multiple |a |an |one |the |each |its |their )?(?P<other>{NP})$"
)
_ALSO = compiled(
    rf"^(?P<one>(?:{DET})?{NP}) (?:have|has|contains?|stores?) .{{2,200}}? and (?:it )?belongs? to (?:exactly )?(?P<det>a |an |one |the |each |its |their )?(?P<other>{NP})$"
)
_PARENT = compiled(rf"\b(?P<one>{NP}) (?:can|may) (?:have|be nested|contain) (?:sub-?|child |nested )(?P<other>{NP})$")


@reads(Stage.RELATE)
def has_many(draft: Draft, clause: Clause) -> None:
    """ "each author has many books"."""
    match = _MANY.match(clause.low)
    if match is None:
        return
    if match["many"].strip() == "a number of" and clause.is_taken(*match.span("other")):
        return
    one, other = _entity(draft, clause, match["one"]), _entity(draft, clause, match["other"])
    if one is not None and other is not None and one is not other:
        clause.take(match)
        relate(draft, clause, one, other, match["other"], many=True)


@reads(Stage.RELATE)
def belongs_to(draft: Draft, clause: Clause) -> None:
    """ "a book belongs to an author"; to a user it means that it is that user's own."""
    also = None if _BELONGS.match(clause.low) else _ALSO.match(clause.low)
    match = also or _BELONGS.match(clause.low)
    if match is None:
        return
    if draft.find(match["other"]) is None and draft.is_person(split_words(match["other"])[-1]):
        entity = draft.find(match["one"])
        if entity is not None and also is None:
            clause.take(match)
            make_owned(draft, entity, private_too=False)
            want_ownership(draft, clause, entity)
        return
    one, other = _entity(draft, clause, match["one"]), _entity(draft, clause, match["other"])
    if one is None or other is None or one is other:
        return
    if also is not None:
        clause.take(span=(clause.low.rindex(" and "), match.end()))
    else:
        clause.take(match)
    several = match["det"] in {"one or more ", "many ", "several ", "multiple "}
    if several:
        name = other.plural
        draft.add_relation(
            one, RelationSpec(name=name, target=other.name, kind="many_to_many", inverse=one.plural, required=False)
        )
    relate(draft, clause, one, other, match["other"], many=several)


@reads(Stage.RELATE)
def parent(draft: Draft, clause: Clause) -> None:
    """ "a category can have subcategories"."""
    match = _PARENT.search(clause.low)
    entity = draft.find(match["one"]) if match else None
    if match is None or entity is None:
        return
    clause.take(match)
    draft.add_relation(
        entity,
        RelationSpec(name="parent", target=entity.name, required=False, inverse="children", on_delete="set_null"),
    )
    draft.want(
        f"{entity.plural}_parent", clause, "One may be placed under another of its kind.", linked(entity.name, "parent")
    )


def _is_neutral(phrase: str) -> bool:
    words = split_words(phrase)
    return not words or words[-1] in vocabulary().neutral


def _entity(draft: Draft, clause: Clause, phrase: str) -> EntitySpec | None:
    """The entity that the phrase names, made where it is new and can be one."""
    found = draft.find(phrase)
    words = split_words(phrase)
    last = singular(words[-1]) if words else ""
    if (
        found is not None
        or not words
        or last in vocabulary().never_things
        or last.endswith("ically")
        or (_is_neutral(phrase) and last not in vocabulary().things)
    ):
        return found
    if draft.is_person(words[-1]) and words[-1] in {"user", "users", "everyone", "anyone", "nobody"}:
        return None
    name = draft.named(" ".join(words[-2:]) if len(words) > 1 and not is_plural(words[-2]) else words[-1])
    if not name:
        return None
    entity = draft.add_entity(name)
    draft.notes[name].origin = draft.notes[name].origin or clause
    return entity
