"""At most N for each person: "a member may hold at most five loans", "users can have no more than 3 open projects"."""

from __future__ import annotations

import re

from autodev.spec.expr import Compare, Expr
from autodev.spec.rules.acceptance.events import limit
from autodev.spec.rules.draft import Draft, count_others, integer, item, same, text
from autodev.spec.rules.lexicon import verbs
from autodev.spec.rules.patterns import CANNOT, DET, MODAL, NP, compiled, people
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import NUMBER, article, identifier, label, number, plural_label, singular, split_words
from autodev.spec.schema import EntitySpec, RuleSpec

MOST_TESTED = 40
_HOLD = r"(?:hold|have|own|keep|create|make|add|open|borrow|rent|book|reserve|write|post|submit|take|get|possess|place|enrol in|enroll in|register for|review|rate|start)s?"
_MOST = r"(?:at most|at the most|no more than|not more than|up to|a maximum of|maximum|max\.?|only|as many as)"
_TAIL = r"(?: (?:at (?:a|one|the same) time|at once|simultaneously|in total|each|per (?:user|member|person|customer)|open at once|in parallel|concurrently))?"
_BY_PERSON = compiled(
    rf"^(?:at any (?:one )?time,? )?(?P<actor>(?:{DET})?(?:{people()}|{NP})) (?:{MODAL} )?(?:only )?{_HOLD}(?: out| in)? {_MOST} (?P<most>{NUMBER}) (?P<what>{NP}){_TAIL}$"
)
_NOT_MORE = compiled(
    rf"^(?:no |(?:an?|the|each|every) )?(?P<actor>{people()}|{NP}) (?:{CANNOT}|may|can|does not|do not) {_HOLD} more than (?P<most>{NUMBER}) (?P<what>{NP}){_TAIL}$"
)
_PER = compiled(
    rf"^(?:there (?:can|may) be |there (?:is|are) )?(?:a |the )?(?:limit of |{_MOST} )?(?P<most>{NUMBER}) (?P<what>{NP}) (?:per|for each|for every|by each) (?P<actor>{people()})(?: (?:at most|maximum|at a time))?$"
)
_LIMITED = compiled(
    rf"^(?P<actor>(?:{DET})?(?:{people()})) (?:is|are) (?:limited|restricted) to (?P<most>{NUMBER}) (?P<what>{NP}){_TAIL}$"
)
_IS = compiled(
    rf"^(?:the )?(?:maximum|max|limit)(?: number)?(?: of)? (?P<what>{NP}) (?:per|for each|for a|of a) (?P<actor>{people()}) is (?P<most>{NUMBER})$"
)
_STATES = frozenset(
    {
        "open",
        "active",
        "current",
        "pending",
        "unpaid",
        "overdue",
        "live",
        "running",
        "outstanding",
        "future",
        "upcoming",
        "more",
    }
)


@reads(Stage.RULES)
def at_most(draft: Draft, clause: Clause) -> None:
    """The limit counts records that have not ended."""
    for pattern in (_BY_PERSON, _NOT_MORE, _PER, _LIMITED, _IS):
        match = pattern.match(clause.low)
        most = number(match["most"]) if match else None
        if match is None or most is None or not _is_owner(draft, match["actor"]):
            continue
        words = split_words(match["what"])
        state = words[0] if len(words) > 1 and draft.find(" ".join(words)) is not None else None
        entity = _counted(draft, words, match.group())
        if entity is None or (draft.owner_path(entity) is None and not _own(draft, entity)):
            continue
        clause.take(match)
        add_limit(draft, clause, entity, most, state)
        return


def _is_owner(draft: Draft, actor: str) -> bool:
    last = split_words(actor)[-1:]
    if not last:
        return False
    entity = draft.find(actor)
    if entity is not None and any(
        notes.person and draft.entities[name].relation(notes.person).target == entity.name
        for name, notes in draft.notes.items()
    ):  # type: ignore[union-attr]  # the note names a relation
        return True
    return draft.is_person(last[0])


def _counted(draft: Draft, words: list[str], said: str) -> EntitySpec | None:
    """What is counted: "five books" that are borrowed are five loans of books."""
    entity = draft.find(" ".join(words))
    if entity is None or draft.owner_path(entity) is not None:
        return entity
    events = draft.events_of(entity.name)
    for verb in verbs().verbs:
        if re.search(rf"\b(?:{'|'.join(verb.forms)})\b", said):
            return next((e for e in events if e.name == verb.noun), events[0] if events else entity)
    return events[0] if len(events) == 1 else entity


def _own(draft: Draft, entity: EntitySpec) -> bool:
    """A limit for each person says whose records they are."""
    if entity.write == "admin":
        return False
    entity.owned, entity.write = True, "owner"
    draft.assume(f"{plural_label(entity.name).capitalize()} belong to the account that makes them.")
    return True


def add_limit(draft: Draft, clause: Clause, entity: EntitySpec, most: int, state: str | None) -> None:
    """The rule, its requirement, and where too many records would be needed to show it, the word that it is not shown."""
    owner = draft.owner_path(entity) or "owner"
    where: list[Expr] = [same(owner), *draft.active(entity)]
    status = next((f for f in entity.fields if f.type == "enum" and state in f.choices), None)
    if status is not None and state is not None:
        where.append(Compare(op="eq", left=item(status.name), right=text(state)))
    said = f"{article(singular(label(entity.name)))}"
    counted = f"{state} {plural_label(entity.name)}" if state in _STATES else plural_label(entity.name)
    rule = RuleSpec(
        id=f"at_most_{most}_{identifier(plural_label(entity.name))}"[:62], family="limit_per_owner", on=["create", "update"],
        require=Compare(op="lt", left=count_others(entity.name, *where), right=integer(most)),
        message=f"No more than {most} {counted} are allowed.",
    )  # fmt: skip
    if any(r.family == "limit_per_owner" and r.id != rule.id for r in entity.rules) or not draft.add_rule(entity, rule):
        return
    if most > MOST_TESTED:
        draft.unmet(
            clause,
            f"A limit of {most} for {said}",
            f"The rule is built, but making {most} records to show it is too much for a check.",
        )
        return
    text_ = f"One person has at most {most} {counted} at a time."
    rule.requirement = draft.want(
        f"{entity.plural}_limit",
        clause,
        text_,
        limit(entity.name, most, status=(status.name, state) if status is not None and state else None),
        kind="rule",
    )
