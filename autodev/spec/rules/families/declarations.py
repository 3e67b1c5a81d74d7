"""Entities and their fields: "Books have a title, an author and an ISBN", "a book with a title", "books (title, ISBN)"."""

from __future__ import annotations

import re

from autodev.spec.rules.acceptance.records import fields_kept, unique
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.families.choices import want_choices
from autodev.spec.rules.families.defaults import want_default
from autodev.spec.rules.families.ranges import want_range
from autodev.spec.rules.field_reading import FieldItem, read_field
from autodev.spec.rules.lexicon import verbs, vocabulary
from autodev.spec.rules.patterns import DET, NP, compiled, split_list
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.relating import relate
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import is_plural, plural_label, singular, split_words
from autodev.spec.schema import EntitySpec

_HAVE = compiled(
    rf"^(?:also |here |then )?(?P<subject>(?:{DET})?{NP}) (?:(?:should |must |will |can |always |also )*(?:have|has|having|store|stores|contains?|includes?|"
    r"consists? of|comes? with|carry|carries)(?: the following)?(?: fields| attributes| properties)?|(?:is|are) (?:described|defined|identified|made up|characterised) (?:by|of)"
    r"|(?:'s )?(?:fields|attributes|properties)(?: are|:)?|records? (?:have|has))[: ]+(?P<items>.+?)(?P<tail> and (?:it )?belongs? to .+)?$"
)
_STORE = compiled(
    rf"\b(?:stores?|records?|tracks?|keeps?|saves?|holds?|with) (?:the |a |an )?(?P<items>[\w' ,()-]{{2,160}}?) (?:of|for) (?:each|every|all|a|an) (?P<subject>{NP})$"
)
_EACH_WITH = compiled(
    rf"(?:^|\b(?:for|of|manage|manages|managing|track|tracks|tracking|store|stores|add|create|record|log|list|and|with|has|have) )(?P<subject>(?:{DET})?{NP}) "
    r"(?:with|having|that have|that has|which have|which has|containing|each with|each having) (?P<items>.+)$"
)
_BRACKETS = compiled(rf"\b(?P<subject>{NP}) \((?P<items>[a-z][^()]{{2,200}})\)")
_NOT_FIELDS = compiled(
    r"^(?:to|been|the right|access|no|not|at most|at least|up to|more than|fewer|only|an? (?:account|limit|maximum|minimum|own)\b|their own|his own|its own|"
    r"\d+ (?!seats|places|spots|copies|beds|tickets)|exactly|between|enough|permission|had|(?:one|a single|only one|only a) [a-z]+ (?:per|for each|for every|in each|on each))\b"
)
_HEAVY = compiled(
    r"\b(?:authentication|authorization|login|sign-?in|django|fastapi|python|react|users?|pagination|search|drag|admin|roles?|docker|tests?|options?|statistics|support|ability|tailwind)\b"
)


@reads(Stage.DECLARE)
def have(draft: Draft, clause: Clause) -> None:
    """ "Books have …", "each book stores …"."""
    match = _HAVE.match(clause.low)
    if match and _repeats(draft, match):
        return
    if match and _only_theirs(draft, match):
        return
    if match and not _NOT_FIELDS.match(match["items"]):
        _declare(draft, clause, match["subject"], match["items"], match)
        return
    match = _STORE.search(clause.low)
    if match and not _HEAVY.search(match["items"]):
        _declare(draft, clause, match["subject"], match["items"], match)


def _only_theirs(draft: Draft, match: re.Match[str]) -> bool:
    """ "Each user has private notes" says whose the notes are, and nothing of users."""
    if split_words(match["subject"])[-1] not in {"user", "users"} or draft.find("user") is not None:
        return False
    return draft.find(match["items"]) is not None


def _repeats(draft: Draft, match: re.Match[str]) -> bool:
    """ "A product must have a name", of a product that has one: it says that the name is required."""
    entity = draft.find(_subject(match["subject"]))
    said = match.group()[match.end("subject") - match.start() : match.start("items") - match.start()]
    if entity is None or not re.search(r"\b(?:must|should|always)\b", said):
        return False
    items = [read_field(text) for text, _ in split_list(match["items"])]
    return all(item is not None and entity.field(item.field.name) is not None for item in items)


@reads(Stage.DECLARE)
def with_fields(draft: Draft, clause: Clause) -> None:
    """ "manage books with a title and an author", "books (title, author)"."""
    for match in _BRACKETS.finditer(clause.low):
        items = [read_field(text) for text, _ in split_list(match["items"])]
        if clause.is_taken(*match.span("items")):
            continue
        if len(items) > 1 and all(items) and not _is_product(match["subject"]):
            _declare(draft, clause, match["subject"], match["items"], match)
    each = _EACH_WITH.search(clause.low)
    if (
        each
        and not clause.is_taken(*each.span("items"))
        and not _HEAVY.search(each["items"])
        and not _is_product(each["subject"])
    ):
        known = draft.find(each["subject"]) is not None
        last = split_words(each["subject"])[-1:]
        if not known and last and {last[0], singular(last[0])} & {*vocabulary().products, *vocabulary().neutral}:
            return
        if known or (last and (is_plural(last[0]) or each["subject"].startswith(("a ", "an ", "each ", "every ")))):
            _declare(draft, clause, each["subject"], each["items"], each)


def _is_product(phrase: str) -> bool:
    words = split_words(phrase)
    return not words or words[-1] in vocabulary().never_things or singular(words[-1]) in vocabulary().never_things


def _declare(draft: Draft, clause: Clause, subject: str, items: str, match: re.Match[str]) -> None:
    subject = _subject(subject)
    if not subject or _is_product(subject):
        return
    read: list[tuple[str, int, FieldItem]] = []
    for text, place in split_list(items):
        item = read_field(text)
        if item is not None:
            read.append((text, place, item))
    if not read:
        return
    entity = draft.find(subject) or (draft.add_entity(draft.named(subject)) if draft.named(subject) else None)
    if entity is None:
        return
    notes = draft.notes[entity.name]
    notes.aliases.add(" ".join([*split_words(subject)[:-1], singular(split_words(subject)[-1])]))
    notes.origin = notes.origin or clause
    clause.take(span=(match.start(), match.start("items")))
    names = _add_items(draft, clause, entity, read, match.start("items"))
    if names:
        said = ", ".join(name.replace("_", " ") for name in names)
        draft.want(
            f"{entity.plural}_fields",
            clause,
            f"{plural_label(entity.name).capitalize()} have: {said}.",
            fields_kept(entity.name, tuple(names)),
        )


def _add_items(
    draft: Draft, clause: Clause, entity: EntitySpec, read: list[tuple[str, int, FieldItem]], offset: int
) -> list[str]:
    """Adds fields and relations; the user's list replaces what the domain would have given. Gives the fields' names."""
    notes = draft.notes[entity.name]
    values = [
        item
        for _, _, item in read
        if not item.many and draft.find(item.noun) is None and not _names_entity(draft, item.noun)
    ]
    if values and notes.from_domain and not notes.listed:
        kept = {item.field.name for item in values}
        entity.fields = [f for f in entity.fields if f.name in kept]
        entity.title = ""
    names: list[str] = []
    for text, place, item in read:
        clause.take(span=(offset + place, offset + place + len(text)))
        target = draft.find(item.noun)
        if target is not None and target.name != entity.name:
            relate(draft, clause, entity, target, item.noun, many=item.many or is_plural(split_words(item.noun)[-1]))
            continue
        if item.many or _names_entity(draft, item.noun):
            made = draft.add_entity(draft.named(item.noun))
            draft.notes[made.name].origin = draft.notes[made.name].origin or clause
            relate(draft, clause, entity, made, item.noun, many=True)
            continue
        existing = entity.field(item.field.name)
        if existing is not None:
            existing.unique = existing.unique or item.field.unique
            existing.min, existing.max = item.field.min or existing.min, item.field.max or existing.max
            existing.required = item.field.required if "optional" in text or "required" in text else existing.required
        else:
            entity.fields.append(item.field)
        field = entity.field(item.field.name)
        if field is not None and item.said_default:
            field.default = item.field.default
            want_default(draft, clause, entity, field)
        if field is not None and item.bounded:
            want_range(draft, clause, entity, field)
        if field is not None and item.chosen and field.choices:
            want_choices(draft, clause, entity, field)
        if field is not None and field.unique:
            _want_unique(draft, clause, entity, field.name)
        names.append(item.field.name)
    notes.listed = notes.listed or bool(names)
    if names and (not entity.title or entity.field(entity.title) is None):
        entity.title = names[0]
    return names


def _want_unique(draft: Draft, clause: Clause, entity: EntitySpec, name: str) -> None:
    draft.want(
        f"{entity.plural}_{name}_unique",
        clause,
        f"No two {plural_label(entity.name)} have the same {name.replace('_', ' ')}.",
        unique(entity.name, name),
        kind="rule",
    )


def _names_entity(draft: Draft, noun: str) -> bool:
    """A lone plural noun in the list is a thing of its own ("a post has comments"), unless it is a usual text field."""
    words = split_words(noun)
    if not words or not is_plural(words[-1]) or read_field(noun) is None:
        return False
    field = read_field(noun)
    return field is not None and field.field.type == "string" and len(words) <= 2 and not draft.is_person(words[-1])


_KEEPING = frozenset(
    [
        "manage",
        "manages",
        "managing",
        "store",
        "stores",
        "storing",
        "track",
        "tracks",
        "tracking",
        "keep",
        "keeps",
        "keeping",
        "record",
        "records",
        "add",
        "for",
        "of",
        "with",
    ]
)


def _subject(phrase: str) -> str:
    """The noun phrase that fields are told of; empty where the phrase names no thing."""
    words = split_words(phrase)
    starts = [place for place, word in enumerate(words[:-1]) if word in _KEEPING]
    words = words[starts[-1] + 1 :] if starts else words
    while words and words[0] in _ARTICLES:
        words.pop(0)
    if len(words) > 2 and singular(words[0]) in vocabulary().people:
        # "teachers post assignments with a due date" tells of assignments, "members rate books with stars" of neither.
        made = {form for verb in verbs().verbs for form in verb.forms}
        words = [] if words[1] in made else words[2:] if words[1] in _DOING else words
    if not words or words[0] in _COUNTING or words[-1] in _PRONOUNS:
        return ""
    return " ".join(words[-3:])


_DOING = frozenset(
    ["post", "add", "create", "submit", "upload", "write", "list", "manage", "keep", "sell", "make", "share", "publish", "record", "log",
     "enter", "track", "offer", "place", "own", "plan", "run", "hold", "teach", "give", "assign", "open", "store", "maintain"]
)  # fmt: skip
_ARTICLES = frozenset(
    {"a", "an", "the", "each", "every", "all", "any", "its", "their", "our", "one", "where", "and", "some"}
)
_COUNTING = frozenset({"no", "two", "different", "only"})
_PRONOUNS = frozenset(
    {"it", "they", "you", "we", "he", "she", "i", "there", "which", "that", "who", "must", "should", "can"}
)
