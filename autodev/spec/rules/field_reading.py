"""Reads one item of a list of fields: its name, type by name, and what else the words say ("an optional price of at
least 1", "rating (1-5)", "a unique ISBN")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from autodev.spec.rules.lexicon import field_guesses
from autodev.spec.rules.notation import field_from
from autodev.spec.rules.patterns import AMOUNT
from autodev.spec.rules.words import identifier, number
from autodev.spec.schema import FieldSpec

_MARKS = {
    "optional": re.compile(r"\b(?:optional(?:ly)?|if any|if known|may be empty|can be empty|not required)\b"),
    "required": re.compile(r"\b(?:required|mandatory|compulsory|obligatory)\b"),
    "unique": re.compile(r"\bunique\b"),
}
_RANGE = re.compile(
    rf"\b(?:between|from|of|in the range(?: of)?|range)? ?({AMOUNT})\s*(?:-|to|and|\.\.)\s*({AMOUNT})\b"
)
_LEAST = re.compile(rf"\b(?:of )?(?:at least|min(?:imum)?|no less than|>=) ?({AMOUNT})\b")
_MOST = re.compile(rf"\b(?:of )?(?:at most|max(?:imum)?|up to|no more than|<=) ?({AMOUNT})\b(?! char| letter)")
_LENGTH = re.compile(
    r"\b(?:of )?(?:at most|max(?:imum)?|up to|no more than|under|limited to|with a maximum of)? ?(\d{1,5}) (?:characters|chars|letters)(?: (?:at most|max(?:imum)?|long))?\b"
)
_POSITIVE = re.compile(
    r"\b(?:that|which)? ?(?:must be |is |are )?(?:positive|greater than (?:zero|0)|above (?:zero|0))\b"
)
_NOT_NEGATIVE = re.compile(
    r"\b(?:that|which)? ?(?:(?:can ?not|must not|may not) be |is )?(?:non-?negative|not negative|negative)\b"
)
_CHOICES = re.compile(
    r"\((?:one of |either )?([a-z][\w -]{0,30}(?:(?:\s*[,/|]\s*(?:or )?|\s+or\s+)[a-z][\w -]{0,30}){1,9})\)|: ([a-z]\w*(?:(?:\s*[/|]\s*|\s+or\s+)[a-z]\w*){1,9})$"
)
_TYPE = re.compile(r"\((string|text|integer|int|number|decimal|float|boolean|bool|date|datetime|email|url)\)")
_TYPE_NAMES = {"int": "integer", "number": "integer", "float": "decimal", "bool": "boolean"}
_LEAD = re.compile(
    r"^(?:(?:a|an|the|its|their|his|her|one|some|each|with|also|either|exactly one|and|or|has|have|is|are|which|that)\s+)+"
)
_MANY = re.compile(
    r"^(?:(?:a )?(?:list|set|number|collection|series) of|many|several|multiple|one or more|any number of|zero or more|some|various|lots of)\s+(.+)$"
)
_DONE = re.compile(
    r"^(?:whether (?:or not )?(?:it|he|she|they)(?: is| are| was| has been)? |if it is |a flag (?:for|whether it is) |an? )?(done|completed?|finished|published|active|paid|archived|available|read)(?: or not| flag| status)?$"
)
_TAIL = re.compile(r"\s+(?:that|which|who|when|where|so that|because|for each|of each|in|with|to)\b.*$")
NAME = re.compile(r"^[a-z][\w' -]{0,47}$")


@dataclass
class FieldItem:
    """`many` where the item is a list of things rather than a value; `noun` is the phrase without its qualifiers."""

    field: FieldSpec
    noun: str
    many: bool = False


@cache
def _guesses() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(g.pattern), g.field) for g in field_guesses().guesses)


def guess(name: str) -> FieldSpec:
    """The field that a name suggests: price a decimal, e-mail an e-mail, anything unknown a string."""
    for pattern, notation in _guesses():
        if pattern.search(name):
            return field_from(name, notation)
    return field_from(name, "string")


def read_field(item: str) -> FieldItem | None:
    """The field an item of a list tells of; None where it does not read as one."""
    words = " ".join(item.lower().strip(" .,").split())
    rest = words
    marks: dict[str, bool] = {}
    low = high = None
    length = None
    choices: list[str] = []
    kind = None
    if match := _TYPE.search(rest):
        kind = _TYPE_NAMES.get(match.group(1), match.group(1))
        rest = rest.replace(match.group(), " ")
    for mark, pattern in _MARKS.items():
        marks[mark] = bool(pattern.search(rest))
        rest = pattern.sub(" ", rest)
    if match := _LENGTH.search(rest):
        length, rest = number(match.group(1)), rest.replace(match.group(), " ")
    if match := _RANGE.search(rest):
        low, high, rest = match.group(1), match.group(2), rest.replace(match.group(), " ")
    if match := _LEAST.search(rest):
        low, rest = match.group(1), rest.replace(match.group(), " ")
    if match := _MOST.search(rest):
        high, rest = match.group(1), rest.replace(match.group(), " ")
    positive, not_negative = bool(_POSITIVE.search(rest)), False
    if positive:
        rest = _POSITIVE.sub(" ", rest)
    elif _NOT_NEGATIVE.search(rest):
        not_negative, rest = True, _NOT_NEGATIVE.sub(" ", rest)
    if match := _CHOICES.search(rest):
        found = re.split(r"\s*[,/|]\s*(?:or )?|\s+or\s+", match.group(1) or match.group(2))
        choices = [identifier(c) for c in found if c.strip()]
        rest = rest.replace(match.group(), " ")
    rest = re.sub(r"\(\s*\)", " ", " ".join(rest.split()))
    rest = re.sub(r"\((?:in )?[a-z0-9 ,.%€$-]{1,30}\)", " ", rest)
    rest = _LEAD.sub("", " ".join(rest.split()).strip(" ,"))
    if match := _DONE.match(rest):
        rest, kind = match.group(1), "boolean"
    many = _MANY.match(rest)
    noun = rest
    if many and not rest.startswith("number of"):
        return FieldItem(field_from(identifier(many.group(1)), "string"), many.group(1), many=True)
    rest = re.sub(
        r"^(?:number|count|amount|quantity) of ((?:available |free )?(?:copies|pages|seats|places|beds|servings|stock|items|units|rooms|days|hours|minutes|people|guests|views|points|tickets|votes))$",
        r"\1",
        rest,
    )
    rest = _TAIL.sub("", rest).strip()
    if not rest or not NAME.match(rest) or len(rest.split()) > 5:
        return None
    name = identifier(rest)
    spec = guess(name)
    if kind:
        spec = field_from(name, kind + (" default=false" if kind == "boolean" else ""))
    if choices:
        spec = field_from(name, f"enum choices={'|'.join(choices)} default={choices[0]}")
    _refine(spec, marks, low, high, length, positive=positive, not_negative=not_negative)
    return FieldItem(spec, noun)


def _refine(
    spec: FieldSpec,
    marks: dict[str, bool],
    low: str | None,
    high: str | None,
    length: int | None,
    *,
    positive: bool,
    not_negative: bool,
) -> None:
    if marks["optional"]:
        spec.required = False
        spec.default = None
    if marks["required"]:
        spec.required = True
    if marks["unique"]:
        spec.unique = True
    if (low is not None or high is not None or positive or not_negative) and spec.type not in {"integer", "decimal"}:
        fractional = any(bound is not None and ("." in bound or "," in bound) for bound in (low, high))
        spec.type, spec.max_length = "decimal" if fractional else "integer", None
    if low is not None:
        spec.min = low.replace(",", ".")
    if high is not None:
        spec.max = high.replace(",", ".")
    if positive:
        spec.min = "1" if spec.type == "integer" else "0.01"
    if not_negative:
        spec.min = "0"
    if length is not None:
        spec.max_length = length
