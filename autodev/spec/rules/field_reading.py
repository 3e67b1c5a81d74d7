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
    r"|\b(?:that|which) (?:is|are|can be|may be|must be)(?: either| one of)? ([a-z][\w -]{0,30}(?:, [a-z][\w -]{0,30}){0,8}?,? or [a-z][\w -]{0,30})$"
)
_TYPE = re.compile(r"\((string|text|integer|int|number|decimal|float|boolean|bool|date|datetime|email|url)\)")
_TYPE_NAMES = {"int": "integer", "number": "integer", "float": "decimal", "bool": "boolean"}
_LEAD = re.compile(
    r"^(?:(?:a|an|the|its|their|his|her|one|some|each|with|also|either|exactly one|and|or|has|have|is|are|which|that)\s+)+"
)
_MANY = re.compile(
    r"^(?:(?:a )?(?:list|set|number|collection|series) of|many|several|multiple|one or more|any number of|zero or more|some|various|lots of)\s+(.+)$"
)
_COUNTED = re.compile(r"^(\d{1,6}) (seats|places|spots|copies|beds|tickets|rooms|slots)$")
_DONE = re.compile(
    r"^(?:whether (?:or not )?(?:it|he|she|they)(?: is| are| was| has been)? |if it is |a flag (?:for|whether it is) |an? )?(done|completed?|finished|published|active|paid|archived|available|read)(?: or not| flag| status)?$"
)
_TAIL = re.compile(r"\s+(?:that|which|who|when|where|so that|because|for each|of each|in|with|to)\b.*$")
_NUMBER_OF = re.compile(
    r"^(?:number|count|amount|quantity) of ((?:available |free )?(?:copies|pages|seats|places|beds|servings|stock|items|units|rooms|days|hours|minutes|people|"
    r"guests|views|points|tickets|votes))$"
)
# Words that no field's name holds: what has them is a sentence or a bound that was not understood, no name.
_NO_NAME = re.compile(
    r"\d|\b(?:or|is|are|was|be|can|cannot|must|may|should|will|lasts?|costs?|needs?|belongs?|expires?|goes|go|between|than|least|most|"
    r"default|except|unless|only|once|twice|never|always|until|not|no|never|when|if|it|they|more|fewer|less|exactly)\b|^(?:one|a single|two|three) "
)
_OF_AMOUNT = re.compile(
    r"^(?:(?:a|an|the) )?(?:fixed |maximum |max |total )?(capacity|seats|stock|quantity|duration|price|size|limit|budget|score|level) of (\d{1,6}(?:\.\d{1,2})?)(?: (?:people|persons|seats|students|"
    r"members|participants|guests|places|users|attendees|items|units))?$"
)
NAME = re.compile(r"^[a-z][\w' -]{0,47}$")


@dataclass
class FieldItem:
    """`many` where the item is a list of things rather than a value; `noun` is the phrase without its qualifiers;
    `said_default` where the words give a value ("50 seats", "a capacity of 20"), `bounded` where they give a range or a
    length, `chosen` where they list the choices."""

    field: FieldSpec
    noun: str
    many: bool = False
    said_default: bool = False
    bounded: bool = False
    chosen: bool = False


@cache
def _guesses() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(g.pattern), g.field) for g in field_guesses().guesses)


def guess(name: str) -> FieldSpec:
    """The field that a name suggests: price a decimal, e-mail an e-mail, anything unknown a string."""
    for pattern, notation in _guesses():
        if pattern.search(name):
            return field_from(name, notation)
    return field_from(name, "string")


@dataclass
class _Qualifiers:
    """What the words of an item say beside its name."""

    rest: str
    marks: dict[str, bool]
    kind: str | None = None
    low: str | None = None
    high: str | None = None
    length: int | None = None
    positive: bool = False
    not_negative: bool = False
    choices: tuple[str, ...] = ()

    def cut(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The match of a pattern, which is taken out of the rest."""
        match = pattern.search(self.rest)
        if match is not None:
            self.rest = f"{self.rest[: match.start()]} {self.rest[match.end() :]}"
        return match


def _qualifiers(words: str) -> _Qualifiers:
    said = _Qualifiers(words, {})
    if match := said.cut(_TYPE):
        said.kind = _TYPE_NAMES.get(match.group(1), match.group(1))
    for mark, pattern in _MARKS.items():
        said.marks[mark] = said.cut(pattern) is not None
    if match := said.cut(_LENGTH):
        said.length = number(match.group(1))
    if match := said.cut(_RANGE):
        said.low, said.high = match.group(1), match.group(2)
    if match := said.cut(_LEAST):
        said.low = match.group(1)
    if match := said.cut(_MOST):
        said.high = match.group(1)
    said.positive = said.cut(_POSITIVE) is not None
    said.not_negative = not said.positive and said.cut(_NOT_NEGATIVE) is not None
    if match := said.cut(_CHOICES):
        found = re.split(r"\s*[,/|]\s*(?:or )?|\s+or\s+", match.group(1) or match.group(2) or match.group(3))
        said.choices = tuple(identifier(choice) for choice in found if choice.strip())
    plain = re.sub(r"\(\s*\)", " ", " ".join(said.rest.split()))
    plain = re.sub(r"\((?:in )?[a-z0-9 ,.%€$-]{1,30}\)", " ", plain)
    said.rest = _LEAD.sub("", " ".join(plain.split()).strip(" ,"))
    return said


def read_field(item: str) -> FieldItem | None:
    """The field an item of a list tells of; None where it does not read as one."""
    words = " ".join(item.lower().strip(" .,").split())
    if match := _COUNTED.match(words):
        return FieldItem(
            field_from(identifier(match.group(2)), f"integer min=0 default={match.group(1)}"),
            match.group(2),
            said_default=True,
        )
    if match := _OF_AMOUNT.match(words):
        name, amount = match.groups()
        return FieldItem(field_from(name, f"{guess(name).type} min=0 default={amount}"), name, said_default=True)
    said = _qualifiers(words)
    if match := _DONE.match(said.rest):
        said.rest, said.kind = match.group(1), "boolean"
    many = _MANY.match(said.rest)
    if many and not said.rest.startswith("number of"):
        return FieldItem(field_from(identifier(many.group(1)), "string"), many.group(1), many=True)
    noun = said.rest
    name = _TAIL.sub("", _NUMBER_OF.sub(r"\1", noun)).strip().removesuffix(" flag")
    if not NAME.match(name) or len(name.split()) > 5 or _NO_NAME.search(name):
        return None
    spec = guess(identifier(name))
    if said.kind:
        spec = field_from(spec.name, said.kind + (" default=false" if said.kind == "boolean" else ""))
    if said.choices:
        spec = field_from(spec.name, f"enum choices={'|'.join(said.choices)} default={said.choices[0]}")
    _refine(spec, said)
    bounded = bool(said.low or said.high or said.positive or said.not_negative or said.length)
    return FieldItem(spec, noun, bounded=bounded, chosen=bool(said.choices))


def _refine(spec: FieldSpec, said: _Qualifiers) -> None:
    if said.marks["optional"]:
        spec.required, spec.default = False, None
    if said.marks["required"]:
        spec.required = True
    spec.unique = spec.unique or said.marks["unique"]
    bounds = [bound for bound in (said.low, said.high) if bound is not None]
    if (bounds or said.positive or said.not_negative) and spec.type not in {"integer", "decimal"}:
        fractional = any("." in bound or "," in bound for bound in bounds)
        spec.type, spec.max_length = "decimal" if fractional else "integer", None
    if said.low is not None:
        spec.min = said.low.replace(",", ".")
    if said.high is not None:
        spec.max = said.high.replace(",", ".")
    if said.positive:
        spec.min = "1" if spec.type == "integer" else "0.01"
    if said.not_negative:
        spec.min = "0"
    if said.length is not None:
        spec.max_length = said.length
