"""What nobody accounted for: words of the description that mean something and were turned into nothing.

Such words become a requirement that is not understood, with the user's clause, so that the build says which words were
not met instead of passing over them.
"""

from __future__ import annotations

import re

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.lexicon import domains, vocabulary
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import NUMBER, plural, singular, split_words, words_of

_WORD = re.compile(r"[^\W_][\w'-]*")
_NUMBER = re.compile(rf"(?:\\d[\\w.,]*|(?!one\\b){NUMBER})")
# Ordinary words that bind a thing: a sentence with one of them, which no recogniser read, is no mere frame.
_BINDS = re.compile(r"\b(?:only|not|no|same|other|another|must|many|several|multiple|few|just)\b")
_NOTE = "The rule analyser could not turn these words into anything."


_ONLY_PRODUCTS = frozenset(vocabulary().products) - frozenset(vocabulary().neutral)


def tell_leftovers(draft: Draft, unread: list[str]) -> None:
    """Adds a requirement that is not understood for each clause with words that were left over."""
    known = _known_words(draft)
    for clause in draft.clauses:
        left = left_words(clause, known)
        if not left and not clause.taken and _BINDS.search(clause.low) and _spoken(draft, clause):
            left = [clause.text]
        if left:
            draft.unmet(clause, f"Not understood: {' '.join(left)}", _NOTE)
    if unread:
        rest = Clause(text=" ".join(unread)[:4000], index=len(draft.clauses))
        draft.clauses.append(rest)
        draft.unmet(rest, "The end of the description was not read.", "The description is longer than what is read.")


def _spoken(draft: Draft, clause: Clause) -> bool:
    """Whether the clause speaks of a thing of the product."""
    return any(re.search(rf"\b{re.escape(noun)}\b", clause.low) for noun in draft.nouns())


def left_words(clause: Clause, known: frozenset[str]) -> list[str]:
    """The clause's meaningful words that no recogniser took, in order."""
    left = []
    for match in _WORD.finditer(clause.low):
        word = match.group().strip("'-")
        plain = word.removesuffix("'s")
        if any(a < match.end() and match.start() < b for a, b in clause.taken):
            continue
        parts = plain.split("-")
        if not _NUMBER.fullmatch(plain) and (all(_is_known(part, known) for part in parts) or plain in known):
            continue
        left.append(clause.text[match.start() : match.end()])
    return left


def _is_known(word: str, known: frozenset[str]) -> bool:
    one = singular(word)
    if one != word and one in _ONLY_PRODUCTS and word not in known:
        # "boards" are things to keep; "a board" is the product.
        return False
    return not word or word in known or singular(word) in known or (len(word) == 1 and word.isascii())


def _known_words(draft: Draft) -> frozenset[str]:
    words = (
        set(vocabulary().neutral)
        | set(vocabulary().places)
        | set(vocabulary().products)
        | set(vocabulary().build_verbs)
    )
    for person in vocabulary().people:
        words |= {person, plural(person)}
    for name, entity in draft.entities.items():
        for alias in draft.notes[name].aliases:
            words |= set(split_words(alias)) | {plural(w) for w in split_words(alias)}
        words |= set(words_of(name)) | {plural(w) for w in words_of(name)}
        for part_name in [*(f.name for f in entity.fields), *(r.name for r in entity.relations)]:
            words |= set(part_name.split("_"))
    domain = next((d for d in domains() if d.name == draft.domain), None)
    if domain is not None:
        words |= set(domain.words) | set(domain.name.split()) | {w.lower() for w in domain.title.split()}
    return frozenset(words)
