"""The rule analyser: an English description becomes a Spec, with no model and no network. Pure and deterministic."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import autodev.spec.rules.families  # noqa: F401 - registers every family
from autodev.spec.rules.assembly import assemble
from autodev.spec.rules.domains import apply_domain, find_domain
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.errors import Unclear
from autodev.spec.rules.finishing import finish
from autodev.spec.rules.leftovers import tell_leftovers
from autodev.spec.rules.lexicon import vocabulary
from autodev.spec.rules.patterns import people
from autodev.spec.rules.refusal import refuse_abuse
from autodev.spec.rules.registry import readers
from autodev.spec.rules.stack import read_stack
from autodev.spec.rules.text import Clause, clean, read_clauses
from autodev.spec.rules.words import singular
from autodev.spec.schema import Actor, Spec

__all__ = ["analyse"]

HINT = 'Say what it is and what it keeps, for example: "A REST API for a library: members borrow books, at most five at a time."'
_PEOPLE = re.compile(rf"\b(?:{people()})\b")


def analyse(
    description: str, *, constraints: Mapping[str, Any] | None = None, preferences: Mapping[str, Any] | None = None
) -> Spec:
    """The Spec of a description. `constraints` (`language`, `framework`, `database`, `project_type`) win over the words.

    Raises Refused for a request to build something harmful, Unclear where the input names no product.
    """
    plain = clean(description)
    refuse_abuse(" ".join(plain.split()))
    clauses, unread = read_clauses(plain)
    if not any(re.search(r"[a-zA-Z]{2}", clause.text) for clause in clauses):
        raise Unclear("There is no English description to read." if clauses else "The description is empty.", HINT)
    draft = Draft(idea=description, clauses=clauses)
    _actors(draft)
    read_stack(draft, constraints or {})
    found = find_domain(draft)
    if found is not None:
        apply_domain(draft, *found)
    for reader in readers():
        for clause in draft.reading:
            reader(draft, clause)
    if _says_nothing(draft, clauses):
        raise Unclear("The description does not say what to build.", HINT)
    finish(draft)
    tell_leftovers(draft, unread)
    return assemble(draft, constraints or {}, preferences or {})


def _actors(draft: Draft) -> None:
    """The kinds of people that the description names."""
    for clause in draft.clauses:
        for match in _PEOPLE.finditer(clause.low):
            name = singular(match.group())
            if name not in {"everyone", "anyone", "nobody"}:
                draft.actors.setdefault(name, Actor(name=name, admin=name in {"admin", "administrator"}))


def _says_nothing(draft: Draft, clauses: list[Clause]) -> bool:
    """Neither a product nor a thing nor a word that asks for one."""
    if draft.project_type or draft.entities or draft.commands or draft.language or draft.domain:
        return False
    asking = set(vocabulary().build_verbs) | set(vocabulary().products)
    return not any(word in asking for clause in clauses for word in re.findall(r"[a-z]+", clause.low))
