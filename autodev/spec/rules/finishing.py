"""Completes the draft: default fields, access, what every entity needs to be usable, and the requirements of it."""

from __future__ import annotations

import re

from autodev.spec.rules.acceptance.records import accounts, life, unique
from autodev.spec.rules.draft import Draft, Notes
from autodev.spec.rules.families.ownership import want_ownership
from autodev.spec.rules.field_reading import guess
from autodev.spec.rules.kinds import not_named
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import article, entity_name, label, plural_label
from autodev.spec.schema import Actor, EntitySpec

_NO_SCENARIO = {
    "static_page": "No acceptance scenario for a static page can be written by rules yet.",
    "library": "No acceptance scenario for a library can be written by rules yet.",
}


def finish(draft: Draft) -> None:
    """After all families have read. The order matters: fields, then access, then what follows from it."""
    if draft.project_type == "cli" or draft.project_type in _NO_SCENARIO:
        _without_records(draft)
        return
    for settle in draft.late:
        settle()
    first = draft.clauses[0] if draft.clauses else Clause(text=draft.idea)
    for entity in draft.entities.values():
        _fields(draft, entity)
    _project_type(draft)
    _access(draft, first)
    for entity in list(draft.entities.values()):
        origin = _origin(draft, entity, first)
        if not draft.wanted(f"{entity.plural}_records") and not draft.wanted(f"{entity.plural}_made"):
            text = f"{plural_label(entity.name).capitalize()} are created, listed, read, changed and deleted."
            draft.want(f"{entity.plural}_records", origin, text, life(entity.name))
        if entity.owned and draft.auth and not draft.wanted(f"{entity.plural}_owned"):
            want_ownership(draft, origin, entity)
        for field in entity.fields:
            if field.unique and not draft.wanted(f"{entity.plural}_{field.name}_unique"):
                text = f"No two {plural_label(entity.name)} have the same {field.name.replace('_', ' ')}."
                said = next((c for c in draft.clauses if field.name.replace("_", " ") in c.low), origin)
                draft.want(
                    f"{entity.plural}_{field.name}_unique", said, text, unique(entity.name, field.name), kind="rule"
                )


def _origin(draft: Draft, entity: EntitySpec, first: Clause) -> Clause:
    """The user's clause that an entity comes from. For one of the lexicon: the clause that named the domain, while that has
    no requirement of its own, else the first that speaks of it."""
    notes = draft.notes[entity.name]
    origin = notes.origin or first
    if not notes.from_domain or not any(want.clause.sentence == origin.sentence for want in draft.wants):
        return origin
    nouns = {form for alias in notes.aliases for form in (alias, plural_label(entity_name(alias)))}
    spoken = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, nouns), key=len, reverse=True))})\b")
    return next((clause for clause in draft.clauses if spoken.search(clause.low)), origin)


def _without_records(draft: Draft) -> None:
    """A tool, a page or a library keeps no records of people; what a page or a library does cannot be shown yet."""
    draft.entities.clear()
    draft.notes.clear()
    draft.actors.clear()
    draft.features.clear()
    draft.auth = False
    draft.wants = [want for want in draft.wants if want.id.startswith("command_")]
    if draft.project_type in _NO_SCENARIO:
        for clause in draft.clauses:
            clause.take()
            draft.unmet(clause, clause.text, _NO_SCENARIO[draft.project_type])


def _fields(draft: Draft, entity: EntitySpec) -> None:
    """At least one field, and a title that stands for the record."""
    names = [f.name for f in entity.fields] + [r.name for r in entity.relations]
    if not any(f.is_input for f in entity.fields) and not entity.relations:
        entity.fields.insert(0, guess("name"))
        draft.assume(f"{article(label(entity.name)).capitalize()} has a name, as nothing else was said about it.")
        names.insert(0, "name")
    if entity.title not in names:
        entity.title = names[0]
    kept = entity.field(entity.title)
    if kept is not None and kept.is_input and kept.default is None and entity.title != "status":
        kept.required = kept.required or (kept.type == "string" and kept.name in {"title", "name"})


def _project_type(draft: Draft) -> None:
    if draft.project_type is None and draft.entities:
        draft.project_type = "rest_api"
        draft.assume(not_named(draft.project_type))


def _access(draft: Draft, first: Clause) -> None:
    """Accounts, where anything belongs to somebody or is kept by administrators; where there are none, all is open."""
    if draft.auth is None:
        draft.auth = any(
            e.owned or e.write == "admin" or any(a.who == "admin" for a in e.actions) for e in draft.entities.values()
        )
    if not draft.auth:
        for entity in draft.entities.values():
            _open(draft, entity, draft.notes[entity.name])
        return
    owner = next((e for e in draft.entities.values() if e.owned), next(iter(draft.entities.values()), None))
    draft.add_feature("auth")
    origin = draft.auth_clause or (draft.notes[owner.name].origin if owner is not None else None) or first
    if not draft.wanted("accounts"):
        draft.assume("People have accounts, as records belong to somebody or not everybody may change everything.")
        draft.want("accounts", origin, "People sign up and log in; a wrong password is refused.", accounts)
    if any(e.write == "admin" for e in draft.entities.values()):
        kept = " and ".join(plural_label(e.name) for e in draft.entities.values() if e.write == "admin")
        draft.assume(f"Administrators, the accounts named in ADMIN_EMAILS, keep the {kept}.")
        draft.add_feature("admin")
        draft.actors.setdefault("admin", Actor(name="admin", admin=True))
    if not any(not a.admin for a in draft.actors.values()):
        draft.actors["user"] = Actor(name="user")


def _open(draft: Draft, entity: EntitySpec, notes: Notes) -> None:
    """Without accounts nothing is anybody's; a rule for each person cannot be kept."""
    lost = [rule for rule in entity.rules if rule.family in {"limit_per_owner", "once_per_user"} and not notes.person]
    if lost and entity.owned:
        entity.rules = [rule for rule in entity.rules if rule not in lost]
        for rule in lost:
            want = next((w for w in draft.wants if w.id == rule.requirement), None)
            if want is not None:
                want.scenarios, want.note = None, "It is about each person, but the product has no accounts."
    draft.wants = [
        w for w in draft.wants if w.id not in {f"{entity.plural}_owned", f"{entity.plural}_admins", "accounts"}
    ]
    entity.owned, entity.write, entity.visibility = False, "member", "public"
    for action in entity.actions:
        action.who = "member"
    draft.features = [f for f in draft.features if f.name not in {"auth", "roles", "admin"}]
    draft.assumptions = [a for a in draft.assumptions if "account" not in a and "dministrator" not in a]
