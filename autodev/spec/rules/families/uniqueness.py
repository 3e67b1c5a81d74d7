"""Uniqueness: "ISBN is unique", "no two users share an e-mail", "titles must be unique per author"."""

from __future__ import annotations

from autodev.spec.expr import Aggregate, Not
from autodev.spec.rules.acceptance.records import unique, unique_together
from autodev.spec.rules.draft import Draft, both, same
from autodev.spec.rules.field_reading import guess
from autodev.spec.rules.lookup import part_of
from autodev.spec.rules.patterns import DET, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import identifier, label, plural_label
from autodev.spec.schema import EntitySpec, RuleSpec

_IS_UNIQUE = compiled(
    rf"^(?P<what>(?:{DET})?{NP}(?: of (?:{DET})?{NP})?) (?:must |should |has to |have to |needs to )?(?:be|is|are) (?:always )?unique"
    rf"(?: (?:per|within|for each|for every|in each|inside|across) (?:{DET})?(?P<scope>{NP}))?$"
)
_UNIQUE_BY = compiled(
    rf"^(?P<entity>(?:{DET})?{NP}) (?:must be|are|is|should be) unique by (?:their |its )?(?P<what>{NP})(?: (?:per|within|for each|in each|inside) (?:{DET})?(?P<scope>{NP}))?$"
)
_NO_TWO = compiled(
    rf"\b(?:no two|two|(?:two )?different) (?P<entity>{NP}) (?:can ?not |can't |can |may not |may |must not |must |should not |should )?(?:ever )?(?:have|share|use) (?:the )?(?:same )?(?P<fields>{NP}(?:(?:, | and |, and ){NP}){{0,3}})$"
)
_SAME = compiled(
    rf"\bthe same (?P<field>{NP}) (?:can ?not|can't|may not|must not|should not) be (?:used|given|taken|registered|added|entered) (?:twice|more than once|again)$"
)
_UNIQUE_NOUN = compiled(
    rf"\b(?:has|have|with|by|needs|need|gets?|must have) (?:a|an|its|their)?(?: own)? ?unique (?P<field>{NP})$"
)


@reads(Stage.RULES)
def unique_fields(draft: Draft, clause: Clause) -> None:
    """One field of its own."""
    match = _IS_UNIQUE.match(clause.low) or _UNIQUE_BY.match(clause.low)
    if match is not None:
        of = match.groupdict().get("entity")
        found = part_of(draft, f"{match['what']} of {of}" if of else match["what"])
        if found is None:
            return
        entity, name = found
        scope = _scope(draft, entity, match["scope"]) if match["scope"] else None
        if scope is not None:
            clause.take(match)
            _together(draft, clause, entity, (scope, name))
        elif not match["scope"]:
            clause.take(match)
            _one(draft, clause, entity, name)
        return
    match = _SAME.search(clause.low)
    if match is not None and (found := part_of(draft, match["field"])) is not None:
        clause.take(match)
        _one(draft, clause, *found)
        return
    match = _UNIQUE_NOUN.search(clause.low)
    owner = draft.find(clause.low[: match.start()]) if match else None
    if match is not None and owner is not None and not clause.is_taken(*match.span()):
        clause.take()
        name = identifier(match["field"])
        draft.add_field(owner, guess(name))
        _one(draft, clause, owner, name)


@reads(Stage.RULES)
def no_two(draft: Draft, clause: Clause) -> None:
    """ "No two rooms can have the same name", "… the same habit and day"."""
    match = _NO_TWO.search(clause.low)
    entity = draft.find(match["entity"]) if match else None
    if (
        match is None
        or entity is None
        or not ("no two" in match.group() or "not" in match.group() or "can't" in match.group())
    ):
        return
    names = tuple(
        identifier(name.removeprefix("the ").removeprefix("same "))
        for name in match["fields"].replace(", and ", ",").replace(" and ", ",").split(",")
    )
    for name in names:
        if entity.field(name) is None and entity.relation(name) is None:
            draft.add_field(entity, guess(name))
    clause.take(match)
    if len(names) == 1 and entity.field(names[0]) is not None:
        _one(draft, clause, entity, names[0])
    else:
        _together(draft, clause, entity, names)


def _scope(draft: Draft, entity: EntitySpec, phrase: str) -> str | None:
    """The relation that a scope names: "per author", "per user" (the owner)."""
    if draft.find(phrase) is None and draft.is_person(phrase.rsplit(maxsplit=1)[-1]):
        return draft.owner_path(entity)
    target = draft.find(phrase)
    if target is None:
        return next((f.name for f in entity.fields if f.name == identifier(phrase) and f.is_input), None)
    return next((r.name for r in entity.relations if r.target == target.name), None)


def _one(draft: Draft, clause: Clause, entity: EntitySpec, name: str) -> None:
    field = entity.field(name)
    if field is None:
        return
    field.unique = True
    text = f"No two {plural_label(entity.name)} have the same {name.replace('_', ' ')}."
    draft.want(f"{entity.plural}_{name}_unique", clause, text, unique(entity.name, name), kind="rule")


def _together(draft: Draft, clause: Clause, entity: EntitySpec, names: tuple[str, ...]) -> None:
    rule = RuleSpec(
        id=f"unique_{'_'.join(names)}"[:62], family="unique_together", on=["create", "update"],
        require=Not(of=Aggregate(op="exists", entity=entity.name, where=both(*(same(name) for name in names)), exclude_self=True)),
        message=f"There is a {label(entity.name)} with the same {' and '.join(n.replace('_', ' ') for n in names)} already.",
        field=None if len(names) > 1 and names[-1] == "owner" else names[-1],
    )  # fmt: skip
    draft.add_rule(entity, rule)
    rule.requirement = draft.want(
        f"{entity.plural}_{'_'.join(names)}_unique"[:62], clause, rule.message.replace("There is a", "No second").replace(" already", ""),
        unique_together(entity.name, names), kind="rule",
    )  # fmt: skip
