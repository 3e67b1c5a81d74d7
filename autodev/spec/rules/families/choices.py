"""What a field may be: "categories are food, travel and other", "the size is small, medium or large"."""

from __future__ import annotations

import re

from autodev.spec.rules.acceptance.choices import only_choices
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.lookup import part_of
from autodev.spec.rules.patterns import DET, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import article, identifier, is_plural, label, singular, split_words
from autodev.spec.schema import EntitySpec, FieldSpec

_VALUE = r"[a-z][a-z-]*(?: [a-z-]+)?"
_ARE = compiled(
    rf"^(?P<what>(?:{DET})?{NP}(?: of (?:{DET})?{NP})?) (?:is|are|can be|may be|must be|can only be)(?: either| one of)?:? (?P<values>{_VALUE}(?:(?:, | or | and |, or |, and ){_VALUE}){{1,9}})$"
)
_OR = compiled(r"\b(?:or|one of|either)\b")


@reads(Stage.RULES)
def choices(draft: Draft, clause: Clause) -> None:
    """A text becomes a choice; "and" lists choices only after a plural ("categories are ...")."""
    match = _ARE.match(clause.low)
    if match is None:
        return
    what = split_words(match["what"])
    many = is_plural(what[-1])
    if not many and not _OR.search(clause.low, match.start("values") - 10):
        return
    found = part_of(draft, " ".join([*what[:-1], singular(what[-1])]), make=False)
    field = found[0].field(found[1]) if found else None
    values = [identifier(v) for v in re.split(r",? (?:or|and) |, ", match["values"]) if v.strip()]
    if found is None or field is None or not field.is_input or field.type not in {"string", "enum"} or field.unique:
        return
    if len(set(values)) < 2 or found[0].title == field.name or (field.type == "enum" and field.name == "status"):
        return
    clause.take(match)
    field.type, field.choices, field.max_length = "enum", list(dict.fromkeys(values)), None
    field.default = field.default if field.default in field.choices else None
    want_choices(draft, clause, found[0], field)


def want_choices(draft: Draft, clause: Clause, entity: EntitySpec, field: FieldSpec) -> None:
    """The requirement that each choice is taken and nothing else."""
    said = ", ".join(choice.replace("_", " ") for choice in field.choices)
    text = f"{field.name.replace('_', ' ').capitalize()} of {article(label(entity.name))} is one of {said}."
    draft.want(
        f"{entity.plural}_{field.name}_choices"[:62], clause, text, only_choices(entity.name, field.name), kind="rule"
    )
