"""Clauses that leave out their subject: "a plan has a price and lasts 30 days" says two things of a plan."""

from __future__ import annotations

import re

from autodev.spec.rules.lexicon import vocabulary
from autodev.spec.rules.patterns import DET, NP, compiled
from autodev.spec.rules.words import plural

_FINITE = r"(?:can(?:not|'t)?|may|must|should|will|is|are|has|have|lasts?|costs?|needs?|expires?|goes|cannot)"
_PEOPLE = "|".join(
    sorted({form for word in vocabulary().people for form in (word, plural(word))}, key=lambda w: (-len(w), w))
)
_SUBJECT = compiled(rf"^(?P<subject>(?:{DET})?(?:{_PEOPLE})|(?:{DET})?{NP}(?= {_FINITE}\b))(?= [a-z])")
_JOINT = compiled(rf"(?:,? and|,? but|,) (?={_FINITE} (?!(?:done|required|optional|unique)$))")
_BARE = re.compile(r"^(?:it|they|there|this|that|these|those|you|we|i|he|she)$", re.IGNORECASE)


def with_subjects(clause: str) -> list[tuple[str, str]]:
    """Each statement of the clause with its subject, and beside it the words as they were written."""
    said = _SUBJECT.match(clause)
    if said is None or _BARE.match(said["subject"]) or said["subject"].lower().split()[-1] in vocabulary().build_verbs:
        return [(clause, clause)]
    found: list[tuple[str, str]] = []
    start = 0
    for joint in _JOINT.finditer(clause, said.end()):
        if _inside_brackets(clause, joint.start()) or not _says_something(clause[start : joint.start()]):
            continue
        found.append(_told(said["subject"], clause[start : joint.start()], first=start == 0))
        start = joint.end()
    found.append(_told(said["subject"], clause[start:], first=start == 0))
    return found


def _told(subject: str, words: str, *, first: bool) -> tuple[str, str]:
    return (words, words) if first else (f"{subject} {words}", words)


def _says_something(words: str) -> bool:
    return len(words.split()) > 1


def _inside_brackets(text: str, position: int) -> bool:
    return text.count("(", 0, position) > text.count(")", 0, position)
