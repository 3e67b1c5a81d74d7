"""Defaults: "a ticket is open by default", "a flag is off by default", "the status is open at first"."""

from __future__ import annotations

from autodev.spec.rules.acceptance.defaults import shows_default
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.lookup import part_of
from autodev.spec.rules.patterns import DET, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import NUMBER, article, identifier, label, number
from autodev.spec.schema import EntitySpec, FieldSpec

_WHEN = r"(?:by default|at first|initially|unless (?:told|said|set|given) otherwise|to begin with|when (?:it is |they are )?created|in the beginning)"
_IS = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:is|are|starts?(?: out)?(?: as)?|begins?(?: as)?|has the (?:status|state)) (?P<not>not )?(?P<value>[a-z][a-z-]*(?: [a-z-]+)?) {_WHEN}$"
)
_DEFAULTS_TO = compiled(
    rf"^(?P<what>(?:{DET})?{NP}(?: of (?:{DET})?{NP})?) (?:defaults? to|(?:is|are) (?:by default|initially)|(?:has|have) (?:a |the )?default (?:value )?of) (?P<value>-?\d+(?:\.\d+)?|{NUMBER}|[a-z][a-z-]*(?: [a-z-]+)?)(?: {_WHEN})?$"
)
_NUMBER_IS = compiled(
    rf"^(?P<what>(?:{DET})?{NP}(?: of (?:{DET})?{NP})?) (?:is|are) (?P<value>-?\d+(?:\.\d+)?|{NUMBER}) {_WHEN}$"
)
_ON_OFF = {
    "on": ("enabled", True),
    "off": ("enabled", False),
    "enabled": ("enabled", True),
    "disabled": ("enabled", False),
}
_FLAGS = frozenset(
    [
        "available",
        "active",
        "visible",
        "public",
        "private",
        "hidden",
        "enabled",
        "done",
        "completed",
        "archived",
        "published",
        "read",
        "paid",
        "verified",
        "approved",
        "featured",
        "pinned",
        "favourite",
        "locked",
    ]
)


@reads(Stage.RULES)
def by_default(draft: Draft, clause: Clause) -> None:
    """What a record shows that was made without the value."""
    match = _IS.match(clause.low)
    entity = draft.find(match["what"]) if match else None
    if (
        match is not None
        and entity is not None
        and _of_entity(draft, clause, entity, match["value"], negated=bool(match["not"]))
    ):
        clause.take(match)
        return
    match = _NUMBER_IS.match(clause.low) or _DEFAULTS_TO.match(clause.low)
    found = part_of(draft, match["what"], make=False) if match else None
    field = found[0].field(found[1]) if found else None
    if match is None or found is None or field is None or not field.is_input:
        return
    if _give(field, match["value"]):
        clause.take(match)
        want_default(draft, clause, found[0], field)


def _of_entity(draft: Draft, clause: Clause, entity: EntitySpec, word: str, *, negated: bool) -> bool:
    """A state of its status, or a yes-or-no field that the word names."""
    state = identifier(word)
    for field in entity.fields:
        if field.type == "enum" and state in field.choices and not negated:
            field.default, field.required = state, True
            want_default(draft, clause, entity, field)
            return True
    name, value = _ON_OFF.get(word, (state, True))
    if entity.field(name) is None and name not in {n for n, _ in _ON_OFF.values()} and word not in _FLAGS:
        return False
    field = draft.add_field(entity, FieldSpec(name=name, type="boolean", default=False))
    if field.type != "boolean":
        return False
    field.default = value != negated
    want_default(draft, clause, entity, field)
    return True


def _give(field: FieldSpec, said: str) -> bool:
    """Whether the value could be made the field's default."""
    plain = identifier(said)
    if field.type == "enum" and plain in field.choices:
        field.default = plain
    elif field.type in {"integer", "decimal"} and (amount := _amount(said)) is not None:
        if field.type == "integer" and "." in amount:
            return False
        field.default = int(amount) if field.type == "integer" else amount
    elif field.type == "boolean" and said in {"true", "false", "yes", "no", "on", "off"}:
        field.default = said in {"true", "yes", "on"}
    else:
        return False
    return True


def _amount(said: str) -> str | None:
    if said.lstrip("-").replace(".", "", 1).isdigit():
        return said
    whole = number(said)
    return None if whole is None else str(whole)


def want_default(draft: Draft, clause: Clause, entity: EntitySpec, field: FieldSpec) -> None:
    """The requirement that a record made without the value shows the default."""
    shown = (
        {True: "yes", False: "no"}.get(field.default, field.default)
        if isinstance(field.default, bool)
        else field.default
    )
    said = f"{field.name.replace('_', ' ').capitalize()} of {article(label(entity.name))} is {str(shown).replace('_', ' ')} unless another is given."
    draft.want(
        f"{entity.plural}_{field.name}_default"[:62], clause, said, shows_default(entity.name, field.name), kind="rule"
    )
