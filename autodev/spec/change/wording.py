"""What people say when they want a change, in the declarative words that the rule analyser reads.

"Add tags to todos" says to the analyser what "Todos have tags" says. A sentence may have several readings; which of
them the analyser understands is tried by the caller, the user's own words first.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from autodev.spec.rules.text import clean
from autodev.spec.rules.words import plural

_END = re.compile(r"(?<=[.!?])\s+(?=\S)|\s*;\s*|\s*\n\s*")
_POLITE = re.compile(
    r"^(?:please|now|also|then|and|next|(?:could|can|would) you|i (?:want|need|would like) (?:you )?to|"
    r"we (?:want|need|would like) to|let(?:'s| us))\s+",
    re.IGNORECASE,
)
_THINGS = r"(?:the |an? |some |optional |new )*"
_ADD = r"(?:add|give|introduce|include|put)"
_OWNER = r"(?:each |every |all |the |an? )?"
_DOING = (
    "tag|label|search|filter|sort|export|mark|archive|share|rate|comment|assign|attach|upload|delete|edit|create|"
    "invite|cancel"
)
Made = Callable[[re.Match[str]], list[str]]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_RULES: tuple[tuple[re.Pattern[str], Made], ...] = (
    (
        _pattern(
            r"add (?:a |an |the )?(?P<what>search|filter(?:ing)?|sort(?:ing)?|export)"
            r"(?: (?:for|of|to|over) (?P<owner>.+))?$"
        ),
        lambda m: [f"Users can {_verb(m['what'])} {m['owner'] or 'everything'}"],
    ),
    (
        _pattern(
            rf"{_ADD} (?P<what>.+?) (?:field |column |attribute |property )?(?:to|for|on) {_OWNER}"
            r"(?P<owner>[\w' -]+)$"
        ),
        lambda m: _has(m["owner"], m["what"]),
    ),
    (
        _pattern(rf"give {_OWNER}(?P<owner>[\w-]+) (?P<what>.+)$"),
        lambda m: _has(m["owner"], m["what"]),
    ),
    (
        _pattern(rf"{_OWNER}(?P<owner>[\w' -]+?) (?:should|shall|must|need to|ought to) (?:also )?have (?P<what>.+)$"),
        lambda m: _has(m["owner"], m["what"]),
    ),
    (
        _pattern(rf"(?:let|allow|enable) (?P<who>[\w' -]+?) (?:to )?(?P<what>(?:{_DOING})\b.+)$"),
        lambda m: [f"{_capital(m['who'])} can {m['what']}"],
    ),
    (
        _pattern(r"make (?:it possible to )?(?P<what>(?:search|filter|sort|export)\b.+)$"),
        lambda m: [f"Users can {m['what']}"],
    ),
    (
        _pattern(rf"(?:add|track|store|keep|record|manage) {_THINGS}(?P<what>.+)$"),
        lambda m: [f"It manages {m['what']}", f"There are {m['what']}"],
    ),
)
_MUST = re.compile(r"\b(?:required|mandatory|must)\b", re.IGNORECASE)
# Below this many letters a word is an abbreviation rather than a plural.
_PLURAL_AT = 3


def statements(text: str) -> list[str]:
    """The sentences of a change, in the user's words, without their full stops."""
    return [one.strip(" .!") for one in _END.split(clean(text)) if one.strip(" .!")]


def readings(sentence: str) -> list[str]:
    """The sentence, then what it may mean in the analyser's words; each once."""
    bare = sentence
    while (shorter := _POLITE.sub("", bare)) != bare:
        bare = shorter
    found = [_capital(bare)]
    for pattern, made in _RULES:
        match = pattern.match(bare)
        if match is not None:
            found += made(match)
    return list(dict.fromkeys([sentence, *found]))


def _has(owner: str, what: str) -> list[str]:
    """ "Todos have tags", and "Each todo has a due date" for one of them."""
    what = re.sub(r"\s+(?:field|column|attribute|property)s?$", "", what.strip(), flags=re.IGNORECASE)
    words = owner.strip().split()
    many = " ".join([*words[:-1], _many(words[-1])])
    bare = re.sub(r"^(?:the|some)\s+", "", what, flags=re.IGNORECASE)
    article = bare if re.match(r"(?:an?|any|many|several|multiple|optional) ", bare, re.IGNORECASE) else f"a {bare}"
    if _looks_plural(bare):
        return [f"{_capital(many)} have {bare}"]
    found = [f"{_capital(many)} have {article}"]
    if not _MUST.search(what):  # the records that are there already have none
        bare = re.sub(r"^(?:an?|any|optional) ", "", bare, flags=re.IGNORECASE)
        found.insert(0, f"{_capital(many)} have an optional {bare}")
    return found


def _looks_plural(what: str) -> bool:
    last = re.split(r"[\s(,]", what.strip())[0] if "(" in what else what.rsplit(maxsplit=1)[-1]
    return last.endswith("s") and not last.endswith("ss") and len(last) > _PLURAL_AT


def _many(word: str) -> str:
    return word if word.endswith("s") and len(word) > _PLURAL_AT else plural(word)


def _verb(word: str) -> str:
    return {"filtering": "filter", "sorting": "sort"}.get(word.lower(), word.lower())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
