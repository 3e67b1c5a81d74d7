"""The domain of a description, and the entities and sentences that it implies."""

from __future__ import annotations

import re
from functools import cache

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.lexicon import Domain, DomainEntity, domains
from autodev.spec.rules.notation import field_from, relation_from
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import entity_name, identifier, label, plural, plural_label, plural_slug
from autodev.spec.schema import EntitySpec

# In a list of fields, a word such as "notes" names a field, no domain.
_FIELDS_FOLLOW = re.compile(r"\b(?:has|have|having|with|contains?|store[sd]?)\b")
_NO_DOMAIN = {"cli", "library", "static_page"}


@cache
def _compiled() -> tuple[tuple[Domain, re.Pattern[str]], ...]:
    return tuple((domain, re.compile("|".join(domain.patterns))) for domain in domains())


def find_domain(draft: Draft) -> tuple[Domain, Clause] | None:
    """The domain that is named first (the longest words where two begin together)."""
    best: tuple[int, int, int, Domain, Clause, re.Match[str]] | None = None
    for clause in draft.clauses[:3]:
        listed = _FIELDS_FOLLOW.search(clause.low)
        for domain, pattern in _compiled():
            match = pattern.search(clause.low)
            if match is None or (listed and listed.start() < match.start()):
                continue
            rank = (clause.index, match.start(), -len(match.group()))
            if best is None or rank < best[:3]:
                best = (*rank, domain, clause, match)
    if best is None:
        return None
    best[4].take(best[5])
    return best[3], best[4]


def apply_domain(draft: Draft, domain: Domain, clause: Clause) -> None:
    """Adds the domain's entities, under the user's own nouns where these differ, and the sentences it implies."""
    draft.domain, draft.domain_title = domain.name, domain.title
    if domain.project_type is not None and draft.project_type is None:
        draft.project_type = domain.project_type
    if draft.project_type in _NO_DOMAIN:
        return
    names = {name: _own_name(draft, name, entity) for name, entity in domain.entities.items()}
    for name, told in domain.entities.items():
        _add(draft, clause, names[name], name, told, names)
    draft.implied = [Clause(text=text.rstrip("."), index=clause.index, implied_by=clause) for text in domain.implies]
    for text in domain.assumptions:
        draft.assume(text)
    for text in domain.unmet:
        draft.unmet(clause, text, "This is expected of such a product, and no acceptance scenario here can measure it.")


def _own_name(draft: Draft, name: str, told: DomainEntity) -> str:
    """The user's noun for the entity: "tasks" where the domain says todos."""
    text = " ".join(clause.low for clause in draft.clauses)
    if re.search(rf"\b{re.escape(label(name))}s?\b|\b{re.escape(plural_label(name))}\b", text):
        return name
    for alias in told.aliases:
        head, _, last = alias.rpartition(" ")
        many = f"{head} {plural(last)}".strip()
        if re.search(rf"\b(?:{re.escape(alias)}|{re.escape(many)})\b", text):
            return entity_name(alias)
    return name


def _add(
    draft: Draft, clause: Clause, name: str, original: str, told: DomainEntity, names: dict[str, str]
) -> EntitySpec:
    entity = draft.add_entity(name, owned=told.owned, visibility=told.visibility, write=told.write)
    entity.plural, entity.description = plural_slug(name), told.description
    notes = draft.notes[name]
    notes.from_domain, notes.origin = True, clause
    notes.aliases |= {label(original), *told.aliases}
    own = {identifier(label(old)): identifier(label(new)) for old, new in names.items()}
    for said, notation in told.fields.items():
        field = own.get(said, said) if notation.startswith("->") else said
        if notation.startswith("->"):
            renamed = re.sub(r"\b[A-Z]\w*", lambda word: names.get(word.group(), word.group()), notation)
            draft.add_relation(entity, relation_from(field, renamed, inverse=entity.plural))
        else:
            draft.add_field(entity, field_from(field, notation))
    title = told.title or next(iter(told.fields))
    entity.title = own.get(title, title) if entity.field(title) is None else title
    return entity
