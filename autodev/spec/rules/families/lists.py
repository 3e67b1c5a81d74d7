"""Lists: search, filters, order, pages."""

from __future__ import annotations

import re

from autodev.spec.rules.acceptance.lists import filtered, pages, search, sorted_list
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.lookup import part_of
from autodev.spec.rules.patterns import DET, NP, compiled, split_list
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import label, plural_label, split_words
from autodev.spec.schema import EntitySpec

_SEARCH = compiled(
    rf"\b(?:(?:full[- ]text )?search(?:ing|ed|es|able)?|find|look(?:ing)? up)(?: for)?(?: (?:{DET}|all )?(?P<what>{NP}))??(?: (?:by|on|in|through) (?:(?:their|its|the) )?(?P<by>{NP}(?:(?:, | and | or |, and |, or ){NP}){{0,4}}))?$"
)
_SEARCHABLE = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:can be|are|is|must be|should be) search(?:ed|able)(?: (?:by|for) (?:(?:their|its|the) )?(?P<by>{NP}(?:(?:, | and | or |, and ){NP}){{0,4}}))?$"
)
_FILTER = compiled(
    rf"\bfilter(?:s|ing|ed|able)?(?: (?:(?:{DET}|all )?(?P<what>{NP}) )?(?:by|on) (?:(?:their|its|the) )?(?P<by>{NP}(?:(?:, | and | or |, and |, or ){NP}){{0,4}}))$"
)
_FILTERABLE = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:can be|are|should be|must be) filter(?:ed|able) (?:by|on) (?:(?:their|its|the) )?(?P<by>{NP}(?:(?:, | and | or |, and ){NP}){{0,4}})$"
)
_SORT = compiled(
    rf"\b(?:sort(?:s|ing|ed|able)?|order(?:ed|ing))(?: (?:(?:{DET}|all )?(?P<what>{NP}) )?(?:by|on) (?:(?:their|its|the) )?(?P<by>{NP}(?:(?:, | and | or |, and ){NP}){{0,4}}))$"
)
_SORTABLE = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:can be|are|should be|must be) (?:sort(?:ed|able)|ordered) (?:by|on) (?:(?:their|its|the) )?(?P<by>{NP}(?:(?:, | and | or |, and ){NP}){{0,4}})$"
)
_PAGES = compiled(
    rf"\b(?:pagination|paginat(?:ed|es|ing)|paged|in pages|page by page)(?: (?:of|for|on) (?:{DET}|all )?(?P<what>{NP}))?\b"
)
_OTHER = re.compile(r"\b(?:search|filter|sort|paginat)\w*\b")


_CUT = re.compile(r"(?:,| and|, and| or) (?=(?:can )?(?:be )?(?:search|filter|sort|order|paginat))")


def _segments(clause: Clause) -> list[Clause]:
    """ "filter by category and search by description" says two things: each part is read by itself."""
    found: list[Clause] = []
    start = 0
    for joint in [*_CUT.finditer(clause.low), None]:
        end = joint.start() if joint else len(clause.low)
        found.append(Clause(text=clause.text[start:end], index=start, implied_by=clause))
        start = joint.end() if joint else end
    return found


def _take(clause: Clause, part: Clause, match: re.Match[str]) -> None:
    clause.take(span=(part.index + match.start(), part.index + match.end()))


def _entity(draft: Draft, phrase: str | None) -> EntitySpec | None:
    """The entity that a list is of; without a word for it, the first one of the product."""
    if phrase:
        words = split_words(phrase)
        if words and not _OTHER.match(words[0]):
            found = draft.find(phrase)
            if found is not None:
                return found
    return (
        next(iter(draft.entities.values()), None)
        if not phrase or phrase.split()[-1] in {"list", "lists", "items", "records", "results"}
        else None
    )


def _by(draft: Draft, entity: EntitySpec, by: str | None) -> list[str]:
    """The fields and relations that "by title and author" names; [] where one of them is unknown."""
    names: list[str] = []
    for text, _ in split_list((by or "").replace(" or ", " and ")):
        found = part_of(draft, f"{text} of {label(entity.name)}", make=False)
        if found is None:
            return []
        names.append(found[1])
    return names


@reads(Stage.FEATURES)
def searching(draft: Draft, clause: Clause) -> None:
    """Search in texts."""
    for part in _segments(clause):
        _searching(draft, clause, part)


def _searching(draft: Draft, clause: Clause, part: Clause) -> None:
    match = _SEARCHABLE.match(part.low) or _SEARCH.search(part.low)
    entity = _entity(draft, match["what"]) if match else None
    if match is None or entity is None:
        return
    texts = [f.name for f in entity.fields if f.type in {"string", "text"} and f.is_input]
    names = [n for n in _by(draft, entity, match["by"]) if n in texts] if match["by"] else texts
    if not names:
        return
    _take(clause, part, match)
    draft.add_feature("search", entity.name, names)
    for name in names if match["by"] else names[:1]:
        draft.want(
            f"{entity.plural}_search_{name}"[:62],
            clause,
            f"Search {plural_label(entity.name)} by {name.replace('_', ' ')}.",
            search(entity.name, name),
        )


@reads(Stage.FEATURES)
def filtering(draft: Draft, clause: Clause) -> None:
    """Lists narrowed to a value."""
    for part in _segments(clause):
        _filtering(draft, clause, part)


def _filtering(draft: Draft, clause: Clause, part: Clause) -> None:
    match = _FILTERABLE.match(part.low) or _FILTER.search(part.low)
    if match is None:
        return
    entity = _entity(draft, match["what"])
    names = _by(draft, entity, match["by"]) if entity is not None else []
    if not names:
        # "filter by warehouse": the entity that has it.
        for other in draft.entities.values():
            names = _by(draft, other, match["by"])
            if names and not match["what"]:
                entity = other
                break
    usable = [
        n
        for n in names
        if entity is not None
        and (entity.relation(n) or ((f := entity.field(n)) and f.type != "datetime" and f.is_input))
    ]
    if entity is None or not usable:
        return
    _take(clause, part, match)
    draft.add_feature("filter", entity.name, usable)
    for name in usable:
        draft.want(
            f"{entity.plural}_filter_{name}"[:62],
            clause,
            f"Filter {plural_label(entity.name)} by {name.replace('_', ' ')}.",
            filtered(entity.name, name),
        )


@reads(Stage.FEATURES)
def sorting(draft: Draft, clause: Clause) -> None:
    """Lists in order."""
    for part in _segments(clause):
        _sorting(draft, clause, part)


def _sorting(draft: Draft, clause: Clause, part: Clause) -> None:
    match = _SORTABLE.match(part.low) or _SORT.search(part.low)
    entity = _entity(draft, match["what"]) if match else None
    names = (
        [n for n in _by(draft, entity, match["by"]) if entity.field(n)]
        if match is not None and entity is not None
        else []
    )
    if match is None or entity is None or not names:
        return
    _take(clause, part, match)
    for name in names:
        draft.want(
            f"{entity.plural}_sort_{name}"[:62],
            clause,
            f"Sort {plural_label(entity.name)} by {name.replace('_', ' ')}.",
            sorted_list(entity.name, name),
        )


@reads(Stage.FEATURES)
def paging(draft: Draft, clause: Clause) -> None:
    """Lists in pages."""
    for part in _segments(clause):
        _paging(draft, clause, part)


def _paging(draft: Draft, clause: Clause, part: Clause) -> None:
    match = _PAGES.search(part.low)
    entity = _entity(draft, match["what"]) if match else None
    if match is None or entity is None:
        return
    _take(clause, part, match)
    draft.add_feature("pagination", entity.name)
    draft.want(
        f"{entity.plural}_pages",
        clause,
        f"{plural_label(entity.name).capitalize()} are listed in pages.",
        pages(entity.name),
    )
