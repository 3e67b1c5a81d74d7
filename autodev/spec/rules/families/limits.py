"""At most N for each person: "a member may hold at most five loans", "users can have no more than 3 open projects"."""

from __future__ import annotations

import re

from autodev.spec.expr import Arith, Compare, Expr, Lit, Logic, Now
from autodev.spec.rules.acceptance.events import limit
from autodev.spec.rules.draft import ALWAYS, Draft, count_others, integer, item, same, self_, text
from autodev.spec.rules.lexicon import verbs
from autodev.spec.rules.patterns import CANNOT, DET, MODAL, NP, compiled, people
from autodev.spec.rules.quantities import DURATION
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import NUMBER, identifier, label, number, plural_label, split_words
from autodev.spec.schema import EntitySpec, RuleSpec

MOST_TESTED = 40
_HOLD = r"(?:hold|have|own|keep|create|make|add|open|borrow|rent|book|reserve|write|post|submit|take|get|possess|place|enrol in|enroll in|register for|review|rate|start)s?"
_MOST = r"(?:at most|at the most|no more than|not more than|up to|a maximum of|maximum|max\.?|only|as many as)"
_TAIL = r"(?: (?:at (?:a|one|the same) time|at once|simultaneously|in total|each|per (?:user|member|person|customer)|open at once|in parallel|concurrently))?"
_BY_PERSON = compiled(
    rf"^(?:at any (?:one )?time,? )?(?P<actor>(?:{DET})?(?:{people()}|{NP})) (?:{MODAL} )?(?:only )?{_HOLD}(?: out| in)? (?:{_MOST} )?(?P<most>{NUMBER}) (?P<what>{NP}){_TAIL}(?P<more> for {DURATION})?$"
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
_BOUND = re.compile(rf"\b(?:{_MOST})")
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
        bounded = match is not None and (pattern is not _BY_PERSON or _BOUND.search(match.group()))
        if match is None or most is None or not bounded or not _is_owner(draft, match["actor"]):
            continue
        words = split_words(match["what"])
        state = words[0] if len(words) > 1 and draft.find(" ".join(words)) is not None else None
        entity = _counted(draft, words, match.group())
        if entity is None or (draft.owner_path(entity) is None and not _own(draft, entity)):
            continue
        clause.take(span=(match.start(), match.start("more") if match.groupdict().get("more") else match.end()))
        add_limit(draft, clause, entity, most, state)
        return


def _is_owner(draft: Draft, actor: str) -> bool:
    last = split_words(actor)[-1:]
    if not last:
        return False
    entity = draft.find(actor)
    related = [(draft.entities[name], notes.person) for name, notes in draft.notes.items()]
    if entity is not None and any(
        r.name == person and r.target == entity.name for e, person in related for r in e.relations
    ):
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


def _state(draft: Draft, entity: EntitySpec, state: str | None) -> tuple[str, Lit] | None:
    """The field and value by which a record is in the state: a status, or a yes-or-no field that says the contrary."""
    status = next((f for f in entity.fields if f.type == "enum" and state in f.choices), None)
    if status is not None and state is not None:
        return status.name, text(state)
    done = next((f for f in entity.fields if f.type == "boolean" and f.name in {"completed", "done", "finished"}), None)
    if done is not None and state in {
        "open",
        "active",
        "unfinished",
        "current",
        "pending",
        "uncompleted",
        "outstanding",
    }:
        return done.name, Lit(value=False, type="boolean")
    return None


def _length_s(entity: EntitySpec) -> int | None:
    """How long a record of the entity is active, where that is told."""
    field = entity.field("expires_at")
    told = field.computed.right if field is not None and isinstance(field.computed, Arith) else None
    return int(told.value) if isinstance(told, Lit) and isinstance(told.value, int) else None


def add_limit(draft: Draft, clause: Clause, entity: EntitySpec, most: int, state: str | None) -> None:
    """The rule, its requirement, and where too many records would be needed to show it, the word that it is not shown."""
    owner = draft.owner_path(entity) or "owner"
    counts = _state(draft, entity, state)
    until = entity.field("expires_at") if state in {"active", "current", "live", "running", "valid"} else None
    if state in _STATES and counts is None and until is None and not draft.notes[entity.name].ended_by:
        draft.unmet(
            clause,
            f"At most {most} {state} {plural_label(entity.name)}",
            f"It is not known when a {label(entity.name)} is {state}.",
        )
        return

    def few() -> Expr:
        where: list[Expr] = [same(owner), *draft.active(entity)]
        if until is not None:
            where.append(Compare(op="gt", left=item("expires_at"), right=Now()))
            over = Compare(op="le", left=self_("expires_at"), right=Now())
            count = Compare(op="lt", left=count_others(entity.name, *where), right=integer(most))
            return draft.while_active(entity, Logic(op="or", items=(over, count)))
        if counts is not None:
            name, value = counts
            where.append(Compare(op="eq", left=item(name), right=value))
            mine = Compare(op="ne", left=self_(name), right=value)
            count = Compare(op="lt", left=count_others(entity.name, *where), right=integer(most))
            return draft.while_active(entity, Logic(op="or", items=(mine, count)))
        return draft.while_active(entity, Compare(op="lt", left=count_others(entity.name, *where), right=integer(most)))

    counted = f"{state} {plural_label(entity.name)}" if state in _STATES else plural_label(entity.name)
    rule = RuleSpec(
        id=f"at_most_{most}_{identifier(plural_label(entity.name))}"[:62], family="limit_per_owner", on=["create", "update"], require=ALWAYS,
        message=f"No more than {most} {counted} are allowed.",
    )  # fmt: skip
    draft.settle(rule, few)
    if any(r.family == "limit_per_owner" and r.id != rule.id for r in entity.rules):
        draft.unmet(clause, f"A second limit of {most} {counted}", "Another limit of the same records was read before.")
        return
    draft.add_rule(entity, rule)
    if most > MOST_TESTED:
        draft.unmet(
            clause,
            f"At most {most} {counted}",
            f"The rule is built, but making {most} records to show it is too much for a check.",
        )
        return
    text_ = f"One person has at most {most} {counted} at a time."
    rule.requirement = draft.want(
        f"{entity.plural}_limit",
        clause,
        text_,
        limit(
            entity.name,
            most,
            flag=counts[0] if counts is not None else None,
            over_s=_length_s(entity) if until is not None else None,
        ),
        kind="rule",
    )
