"""Project type, language, framework and database: what constraints say wins, then the words, then a documented default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, cast, get_args

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.kinds import fits_too
from autodev.spec.rules.lexicon import Technology, stacks
from autodev.spec.schema import ProjectType

_TYPES = get_args(ProjectType)
_GO = re.compile(
    r"\b(?:in|with|using) Go\b|\bGo (?:service|api|backend|server|library|module|program|cli|tool|application|app)\b|\bGo lang(?:uage)?\b"
)
_NOT = re.compile(r"(?:\b(?:no|not|without|instead of|rather than|except)\b[ a-z]{0,12})$")


@cache
def _words() -> tuple[tuple[re.Pattern[str], Technology], ...]:
    found = [
        (re.compile(rf"(?<![\w.]){re.escape(word)}(?![\w+#]|\.\w)"), technology)
        for technology in stacks().technologies
        for word in technology.words
    ]
    return tuple(found)


@cache
def _types() -> tuple[tuple[ProjectType, re.Pattern[str]], ...]:
    return tuple((t.project_type, re.compile("|".join(t.patterns))) for t in stacks().types)


def read_stack(draft: Draft, constraints: Mapping[str, Any]) -> None:
    """Sets what the words and the constraints say about the stack, and notes conflicts between them."""
    found = _technologies(draft)
    for attribute in ("language", "framework", "database"):
        values = list(dict.fromkeys(v for t in found if (v := getattr(t, attribute)) is not None))
        # A framework's language is only a hint where a language is named outright.
        if attribute == "language":
            outright = list(dict.fromkeys(t.language for t in found if t.language and not t.framework))
            values = outright or values
        asked = constraints.get(attribute)
        if isinstance(asked, str) and asked.strip():
            chosen = asked.strip().lower()
            if values and chosen not in values:
                draft.assume(
                    f"The constraint {attribute} = {chosen} wins over {' and '.join(values)} in the description."
                )
            setattr(draft, attribute, chosen)
        elif values:
            setattr(draft, attribute, values[0])
            if len(values) > 1:
                draft.assume(
                    f"The description names more than one {attribute} ({', '.join(values)}); {values[0]} is used."
                )
    if draft.framework and not draft.language:
        known = next((t for _, t in _words() if t.framework == draft.framework or draft.framework in t.words), None)
        draft.language = known.language if known else None
    draft.project_type = _project_type(draft, found, constraints)


def _technologies(draft: Draft) -> list[Technology]:
    found: list[tuple[int, int, Technology]] = []
    for clause in draft.clauses:
        spans: list[tuple[int, int]] = []
        for match in _GO.finditer(clause.text):
            start = match.group().index("Go") + match.start()
            found.append((clause.index, start, Technology(words=("go",), language="go")))
            clause.take(span=(start, start + 2))
        for pattern, technology in _words():
            for match in pattern.finditer(clause.low):
                if any(a <= match.start() < b for a, b in spans) or _is_plain_word(clause.low, match, technology):
                    continue
                spans.append(match.span())
                clause.take(match)
                if not _NOT.search(clause.low[: match.start()]):
                    found.append((clause.index, match.start(), technology))
    return [technology for _, _, technology in sorted(found, key=lambda entry: entry[:2])]


def _is_plain_word(low: str, match: re.Match[str], technology: Technology) -> bool:
    """ "express", "spring", "node", "rust", "swift" are also ordinary words: they count after in/with/using or before a product."""
    word = match.group()
    if word not in {
        "express",
        "spring",
        "node",
        "rust",
        "swift",
        "phoenix",
        "ruby",
        "rails",
        "next",
        "redis",
        "svelte",
        "angular",
        "react",
    }:
        return False
    before, after = low[: match.start()], low[match.end() :]
    return not (
        re.search(r"\b(?:in|with|using|use|plus)[ ,]*$", before)
        or re.match(
            r"[ -]*(?:library|crate|service|api|backend|app|application|server|frontend|front end|cli|program|tool|project)\b",
            after,
        )
    )


def _project_type(draft: Draft, found: list[Technology], constraints: Mapping[str, Any]) -> ProjectType | None:
    asked = constraints.get("project_type") or constraints.get("type")
    if isinstance(asked, str) and asked in _TYPES:
        return cast("ProjectType", asked)
    said: list[ProjectType] = []
    for kind, pattern in _types():
        for clause in draft.clauses:
            matches = [m for m in pattern.finditer(clause.low) if not _NOT.search(clause.low[: m.start()])]
            for match in matches:
                clause.take(match)
            if matches and kind not in said:
                said.append(kind)
    if said:
        others = [kind for kind in said[1:] if not (said[0] in {"realtime", "static_page"} and kind == "web_app")]
        if others:
            draft.assume(fits_too(said[0], others))
        return said[0]
    by_framework = [t.project_type for t in found if t.project_type]
    named = (
        next((t.project_type for _, t in _words() if t.framework == draft.framework and t.project_type), None)
        if draft.framework
        else None
    )
    return named or (by_framework[0] if by_framework else None)
