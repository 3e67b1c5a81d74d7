"""Ranges: "rating is between 1 and 5", "price cannot be negative", "at least 8 characters", "no more than 200 characters"."""

from __future__ import annotations

from autodev.spec.rules.acceptance.figures import bounds
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.lookup import part_of
from autodev.spec.rules.patterns import AMOUNT, CANNOT, DET, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import NUMBER, article, label, number
from autodev.spec.schema import EntitySpec, FieldSpec

_WHAT = rf"(?P<what>(?:{DET})?{NP}(?: of (?:{DET})?{NP})?)"
_BE = r"(?:(?:must|should|has to|have to|needs to|may|can|will)(?: only)?(?: always)? (?:be|have|lie|stay|go|range)|is|are|ranges?|goes|lies|has|have|in)"
_N = rf"(?:{AMOUNT}|{NUMBER})"
_BETWEEN = compiled(
    rf"^{_WHAT} {_BE} (?:a (?:number|value|score|whole number) )?(?:between|from|in the range(?: of)?|in range) (?P<low>{_N}) (?:and|to|-|through) (?P<high>{_N})(?: \w+)?(?: inclusive| stars| points)?$"
)
_DASH = compiled(
    rf"^{_WHAT} {_BE} (?:a (?:number|value|score) )?(?:of )?(?P<low>{AMOUNT}) ?(?:-|to|\.\.) ?(?P<high>{AMOUNT})(?: stars| points)?$"
)
_LEAST = compiled(
    rf"^{_WHAT} {_BE} (?:of )?(?:at least|no less than|not less than|a minimum of|minimum|>=) (?P<low>{_N})(?P<chars> (?:characters|chars|letters)(?: long)?)?(?P<unit> \w+)?$"
)
_MOST = compiled(
    rf"^{_WHAT} {_BE} (?:of )?(?:at most|no more than|not more than|not longer than|no longer than|up to|a maximum of|maximum|limited to|<=) (?P<high>{_N})(?P<chars> (?:characters|chars|letters)(?: long)?)?(?P<unit> \w+)?$"
)
_EXCEED = compiled(
    rf"^{_WHAT} (?:{CANNOT} (?:exceed|be more than|be over|be above|be greater than|be longer than|be higher than|have more than)|is limited to|are limited to|never exceeds?) (?P<high>{_N})(?P<chars> (?:characters|chars|letters))?$"
)
_BELOW = compiled(
    rf"^{_WHAT} {CANNOT} (?:be (?:less than|under|below|lower than|smaller than)|go below|fall below|drop below) (?P<low>{_N})$"
)
_NEGATIVE = compiled(
    rf"^{_WHAT} (?:{CANNOT} (?:be|become|go|get) (?:negative|below zero)|(?:must|should) (?:not be negative|be non-?negative|be zero or more)|(?:is|are) never negative|must never be negative)$"
)
_POSITIVE = compiled(
    rf"^{_WHAT} (?:must|should|has to|have to|needs to)(?: always)? be (?:positive|a positive (?:number|amount|value)|greater than (?:zero|0)|more than (?:zero|0)|above (?:zero|0)|larger than (?:zero|0))$"
)


@reads(Stage.RULES)
def ranges(draft: Draft, clause: Clause) -> None:
    """Bounds of a number or of the length of a text."""
    low = clause.low
    for pattern in (_BETWEEN, _DASH, _LEAST, _MOST, _EXCEED, _BELOW, _NEGATIVE, _POSITIVE):
        match = pattern.match(low)
        if match is None:
            continue
        found = part_of(draft, match["what"], make=not match["what"].endswith(tuple(draft.nouns())))
        if found is None and match.groupdict().get("chars"):
            found = _only_text(draft, match["what"])
        field = found[0].field(found[1]) if found else None
        if found is None or field is None or not field.is_input:
            continue
        groups = match.groupdict()
        least, most = _value(groups.get("low")), _value(groups.get("high"))
        if pattern is _NEGATIVE:
            least = "0"
        if groups.get("chars"):
            if not _length(field, least, most):
                continue
        else:
            _range(field, least, most, positive=pattern is _POSITIVE)
        clause.take(match)
        want_range(draft, clause, found[0], field)
        return


def _only_text(draft: Draft, phrase: str) -> tuple[EntitySpec, str] | None:
    """ "Messages are at most 500 characters": the one text that they have."""
    entity = draft.find(phrase)
    texts = [f.name for f in entity.fields if f.type in {"string", "text"} and f.is_input] if entity is not None else []
    return (entity, texts[0]) if entity is not None and len(texts) == 1 else None


def _value(said: str | None) -> str | None:
    if said is None:
        return None
    plain = said.strip().replace(",", ".")
    if plain.lstrip("-").replace(".", "", 1).isdigit():
        return plain
    whole = number(said)
    return None if whole is None else str(whole)


def _range(field: FieldSpec, least: str | None, most: str | None, *, positive: bool) -> None:
    fractional = any(bound is not None and "." in bound for bound in (least, most))
    if field.type not in {"integer", "decimal"} or (fractional and field.type == "integer"):
        field.type, field.max_length, field.choices = "decimal" if fractional else "integer", None, []
    if positive:
        least = "1" if field.type == "integer" else "0.01"
    field.min, field.max = least or field.min, most or field.max
    if isinstance(field.default, int) and field.min is not None and field.default < float(field.min):
        field.default = None


def _length(field: FieldSpec, least: str | None, most: str | None) -> bool:
    """Only an upper bound of a text's length can be kept."""
    if least is not None or most is None or field.type not in {"string", "text"}:
        return False
    field.max_length = int(float(most))
    return True


def want_range(draft: Draft, clause: Clause, entity: EntitySpec, field: FieldSpec) -> None:
    """The requirement that a field's bounds hold."""
    said = f"{field.name.replace('_', ' ').capitalize()} of {article(label(entity.name))}"
    if field.type in {"string", "text"}:
        text = f"{said} is at most {field.max_length} characters long."
    elif field.min is not None and field.max is not None:
        text = f"{said} is between {field.min} and {field.max}."
    else:
        text = f"{said} is at least {field.min}." if field.min is not None else f"{said} is at most {field.max}."
    draft.want(f"{entity.plural}_{field.name}_range", clause, text, bounds(entity.name, field.name), kind="rule")
