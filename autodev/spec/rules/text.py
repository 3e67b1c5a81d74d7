"""From raw input to clauses: the text is cleaned, cut into sentences, and these into clauses with a verb of their own.

Every clause keeps the user's words and knows which of them a recogniser has accounted for; what nobody took is told to
the user as not understood.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field

from autodev.spec.rules.ellipsis import with_subjects
from autodev.spec.rules.lexicon import vocabulary
from autodev.spec.rules.words import plural

MAX_CLAUSES = 240
MAX_CLAUSE_CHARS = 420
MAX_SENTENCE_CHARS = 4000

_TAG = re.compile(r"<!--.{0,2000}?-->|</?[a-zA-Z!][^<>]{0,300}>", re.DOTALL)
_QUOTES = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": ";",
        "\u00a0": " ",
        "\u2192": " to ",
        "\u2022": "\n",
    }
)
_MARKUP = re.compile(r"^[ \t]*(?:[#>]+|[-*+]|\d{1,2}[.)])[ \t]+", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=\S)|\s*;\s*|\s*\n\s*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|min|max|incl|mr|mrs|dr)\.|\b[A-Za-z]\.)$", re.IGNORECASE
)

_SUBJECT = r"(?:(?!(?:and|or|but)\b)(?:[a-z][\w'-]*) ){1,5}?"
_VERB = (
    r"(?:can|cannot|can't|may|must|should|shall|will|has|have|had|is|are|was|were|lasts?|costs?|belongs?|needs?|gets?|goes|go|"
    r"moves?|consists?|contains?|expires?|don't|doesn't|do not|does not|pays?|wants?|overlap|overlaps)"
)
_PERSON_VERB = (
    r"(?:(?!(?:and|or|with|of|in|on|at|to|by|for|from|the|a|an)\b)[a-z]{3,}(?:e[ds])? )?"
    r"(?:(?!(?:and|or|with|of|in|on|at|to|by|for|from|a|an|the|who|that|which|management|accounts?|profiles?|records?)\b)[a-z]{2,})"
)
_PEOPLE = "|".join(
    sorted({form for word in vocabulary().people for form in (word, plural(word))}, key=lambda w: (-len(w), w))
)
_CLAUSE_START = re.compile(
    rf"(?:no two |only |once |if |when |each |every |all |no |late |there (?:is|are) |(?:a|an|the) )?{_SUBJECT}{_VERB}\b|"
    rf"(?:only |each |every |all |a |an |the )?(?:[a-z]+ )?(?:{_PEOPLE}) {_PERSON_VERB}\b|"
    r"(?:it|they|you|he|she|we|i) (?:\w+ ){0,1}\w+",
    re.IGNORECASE,
)
_LEFT_CLAUSE = re.compile(
    rf"\b{_VERB}\b|^(?:please )?(?:{'|'.join(vocabulary().build_verbs)})\b|\b(?:{'|'.join(vocabulary().products)})\b|\b(?:{_PEOPLE}) {_PERSON_VERB}\b",
    re.IGNORECASE,
)
_VERB_LIST = re.compile(
    r"(?:optional|required|unique|create|edit|update|delete|list|search|view|read|sort|filter|export)\b", re.IGNORECASE
)
_RELATIVE = re.compile(r"\b(?:that|which|who|whose|to)\b", re.IGNORECASE)
_OPTIONS = re.compile(r"[\w -]{2,30}(?:, [\w -]{2,30})*,? or [\w -]{2,30}$")
_FIELDS = re.compile(r"\b(?:following|fields|attributes|properties|columns)$", re.IGNORECASE)
_JOINT = re.compile(
    r"\s*,\s*(?:and|but|while|whereas|so)\s+|\s*,\s+|\s+(?:and|but)\s+|\s*:\s+|"
    r"\s*,?\s+(?:where|in which|on which|through which|with which|so that)\s+",
    re.IGNORECASE,
)


@dataclass
class Clause:
    """`text` is what the user wrote, with its subject where that was left out (then `said` is what was written); `low` is the
    same, lower-case, character for character. `implied_by` is the user's clause for a sentence that a domain of the
    lexicon implies."""

    text: str
    index: int = 0
    implied_by: Clause | None = None
    said: str = ""
    taken: list[tuple[int, int]] = field(default_factory=list)
    low: str = ""

    def __post_init__(self) -> None:
        self.low = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.text)

    @property
    def sentence(self) -> str:
        """The user's words that this clause stands for."""
        return self.implied_by.sentence if self.implied_by else self.said or self.text

    @property
    def implied(self) -> bool:
        return self.implied_by is not None

    def take(self, match: re.Match[str] | None = None, *, span: tuple[int, int] | None = None) -> None:
        """Accounts for the words of a match, a span, or (with neither) of the whole clause."""
        self.taken.append(match.span() if match else span or (0, len(self.text)))

    def is_taken(self, start: int, end: int) -> bool:
        return any(a <= start and end <= b for a, b in self.taken)


def clean(text: str) -> str:
    """Plain text: no markup, no control characters, straight quotes; line ends are kept because they separate."""
    plain = html.unescape(text.replace("\x00", " "))
    plain = _TAG.sub(" ", plain)
    plain = unicodedata.normalize("NFKC", plain.translate(_QUOTES)).translate(_QUOTES)
    plain = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} and c != "\n" else c for c in plain)
    plain = _MARKUP.sub("", plain).replace("**", "").replace("`", "")
    return re.sub(r"[ \t\r\f\v]+", " ", plain).strip()


def sentences(plain: str) -> list[str]:
    """Sentences of cleaned text, without their final punctuation. An abbreviation or a decimal point ends none."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(plain):
        if _ABBREVIATION.search(plain[max(start, match.start() - 8) : match.start()]) and "\n" not in match.group():
            continue
        found.append(plain[start : match.start()])
        start = match.end()
    found.append(plain[start:])
    trimmed = (" ".join(part.split()).strip(" .!?;,:-*_|") for part in found)
    return [part for part in trimmed if part]


def clauses(sentence: str) -> list[str]:
    """Cuts a sentence where what follows has a subject and a verb of its own, and at a colon."""
    found: list[str] = []
    start = 0
    for match in _JOINT.finditer(sentence):
        if match.start() < start:
            continue
        rest, joint = sentence[match.end() :], match.group().strip(" ,").lower()
        if _depth(sentence, match.start()):
            continue
        if rest.lower().startswith("whether ") or (
            joint == ":" and (_OPTIONS.match(rest) or _FIELDS.search(sentence[: match.start()]))
        ):
            continue
        if joint not in {":", "where", "in which", "on which", "so that"} and not _starts_clause(
            sentence[start : match.start()], rest
        ):
            continue
        found.append(sentence[start : match.start()])
        start = match.end()
    found.append(sentence[start:])
    pieces = [piece for whole in found for piece in _chunks(whole.strip(" ,:;."))]
    return [piece for piece in pieces if piece]


def _starts_clause(left: str, rest: str) -> bool:
    head = _CLAUSE_START.match(rest)
    if not head or _RELATIVE.search(head.group()) or _VERB_LIST.match(rest):
        return False
    return bool(_LEFT_CLAUSE.search(left))


def _depth(sentence: str, position: int) -> int:
    before = sentence[:position]
    return max(0, before.count("(") - before.count(")"))


def _chunks(text: str, most: int = MAX_CLAUSE_CHARS) -> list[str]:
    """Pieces of at most so many characters, cut between words where there are any."""
    parts: list[str] = []
    start = 0
    while len(text) - start > most:
        cut = text.rfind(" ", start + 1, start + most)
        end = cut if cut > start else start + most
        parts.append(text[start:end].strip())
        start = end
    return [part for part in (*parts, text[start:].strip()) if part]


def read_clauses(plain: str) -> tuple[list[Clause], list[str]]:
    """All clauses of cleaned text in order, and the sentences past `MAX_CLAUSES`, which are not read."""
    found: list[Clause] = []
    everything = [part for sentence in sentences(plain) for part in _chunks(sentence, MAX_SENTENCE_CHARS)]
    for position, sentence in enumerate(everything):
        if len(found) >= MAX_CLAUSES:
            return found, everything[position:]
        parts = [told for part in clauses(sentence) for told in with_subjects(part)]
        first = len(found)
        found.extend(Clause(text=text, index=first + n, said=said) for n, (text, said) in enumerate(parts))
    return found, []
