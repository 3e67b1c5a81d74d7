"""Pieces of regular expression that the families share. All are bounded, so that no input makes them slow."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import Any, cast

from autodev.spec.rules.lexicon import vocabulary
from autodev.spec.rules.words import plural

_NO_NOUN = (
    "with|for|in|of|by|and|or|but|using|where|that|which|who|to|on|at|from|is|are|be|has|have|can|cannot|can't|may|must|per|if|when|until|than|as|"
    "not|should|will|via|into|without|only|so|after|before|while|within|once|twice|again"
)
WORD = rf"(?!(?:{_NO_NOUN})\b)[a-z][\w'-]*"
DET = r"(?:a|an|the|each|every|all|any|its|their|his|her|our|one|some|no|single) "
NP = rf"(?:{WORD} ){{0,3}}?{WORD}"
MODAL = r"(?:can|may|must|should|shall|will|could|might|is able to|are able to|has to|have to|needs to|need to|is allowed to|are allowed to)"
CANNOT = (
    r"(?:can ?not|can't|may not|must not|mustn't|should not|shouldn't|cannot ever|can never|may never|must never|"
    r"is not allowed to|are not allowed to|is not able to|are not able to|won't|will not)"
)
AT_MOST = (
    r"(?:at most|at the most|no more than|not more than|up to|a maximum of|a max of|maximum|max\.?|at maximum|only|as many as|"
    r"not exceed|fewer than|less than|limited to|restricted to)"
)
AT_LEAST = r"(?:at least|no less than|no fewer than|not less than|a minimum of|minimum|min\.?|more than|greater than|larger than|above|over|not be less than|not be lower than|not be under)"
AMOUNT = r"-?\d{1,9}(?:[.,]\d{1,4})?"


@cache
def people() -> str:
    """Alternatives for every person noun, longest first."""
    forms = {form for word in vocabulary().people for form in (word, plural(word))}
    return "|".join(sorted(forms, key=lambda form: (-len(form), form)))


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, which ignores case. It is compiled at its first use: for all of them that takes a third of a second,
    which a process that reads no idea need not wait for."""
    return cast("re.Pattern[str]", _Compiled(pattern))


class _Compiled:
    """What a pattern has, of one that is made when it is asked for."""

    def __init__(self, source: str) -> None:
        self._source = source

    @cached_property
    def _made(self) -> re.Pattern[str]:
        return re.compile(self._source, re.IGNORECASE)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


_ALTERNATIVES = re.compile(
    r"\b(?:(?:that|which) (?:is|are|can be|may be|must be)(?: either| one of)?|of either|of one of) [\w -]{2,30}(?:, [\w -]{2,30}){0,8}?,? or [\w-]{2,30}"
)


def split_list(phrase: str) -> list[tuple[str, int]]:
    """The items of "a title, an author (optional), and a number of copies", with the place of each in the phrase.
    Commas and "and" inside brackets, and the "and" of "between 1 and 5", do not separate."""
    masked = re.sub(r"\([^()]{0,120}\)", lambda m: "\x01" * len(m.group()), phrase)
    masked = re.sub(r"\bbetween -?[\w.]{1,12} and ", lambda m: "\x01" * len(m.group()), masked)
    masked = _ALTERNATIVES.sub(lambda m: "\x01" * len(m.group()), masked)
    items: list[tuple[str, int]] = []
    start = 0
    for joint in [
        *re.finditer(r"\s*,\s*(?:and\s+|or\s+|as well as\s+)?|\s+(?:and|as well as|plus|&)\s+|\s*/\s*", masked),
        None,
    ]:
        end = joint.start() if joint else len(masked)
        if phrase[start:end].strip():
            items.append((phrase[start:end].strip(), start))
        start = joint.end() if joint else end
    return items
