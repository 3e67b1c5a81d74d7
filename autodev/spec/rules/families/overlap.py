"""No overlap of intervals: "no two bookings of a room may overlap", "a room cannot be double-booked"."""

from __future__ import annotations

import re

from autodev.spec.expr import Aggregate, Compare, Expr, Not
from autodev.spec.rules.acceptance.events import overlap
from autodev.spec.rules.draft import ALWAYS, Draft, both, item, same, self_
from autodev.spec.rules.event_rules import add_interval
from autodev.spec.rules.patterns import CANNOT, DET, MODAL, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import identifier, label, plural_label
from autodev.spec.schema import EntitySpec, RuleSpec

_TWO = compiled(
    rf"\b(?:no (?:two )?|two |the )?(?P<event>{NP}) (?:of|for|in|on) (?:{DET}|the same |one )*(?P<thing>{NP}) (?:{CANNOT}|can|may|must|should|do not|don't|never|ever)(?: never| ever)? (?:overlap|clash|conflict|collide)(?: in time| with each other| each other)?$"
)
_EVENT = compiled(
    rf"\b(?:no (?:two )?|two )?(?P<event>{NP}) (?:{CANNOT}|can|may|must|should|do not|don't|never)(?: never| ever)? (?:overlap|clash|conflict|collide)(?: in time| with each other| each other)?$"
)
_NOT_OVERLAPPING = compiled(
    rf"\b(?:no|without|non-?|prevents?|avoids?|refuses?|rejects?|disallows?) ?(?:any )?(?:overlapping|double|conflicting|clashing) (?P<event>{NP})(?: (?:of|for) (?:{DET}|the same )*(?P<thing>{NP}))?$"
)
_DOUBLE = compiled(
    rf"\b(?P<thing>{NP}) (?:{CANNOT}|must never|is never|are never|can never)(?: be)? (?:be )?(?:double[- ]?(?:booked|reserved)|(?:booked|reserved|rented) twice(?: (?:at|for|on|in) the same (?:time|night|day|date|slot|period|hour))?|(?:booked|reserved) (?:by two \w+ )?at the same time|overbooked)$"
)
_TAKEN = compiled(
    rf"\b(?:{DET})?(?P<thing>{NP}) {CANNOT} be (?:booked|reserved|rented) (?:while|when|if) (?:it is|they are) (?:already )?(?:booked|reserved|taken|rented|occupied)$"
)
_ALREADY = compiled(
    rf"\bno (?:one|body) {MODAL} (?:book|reserve) (?:{DET})?(?P<thing>{NP}) (?:that|which) is (?:already )?(?:booked|taken|reserved)"
)

_TWO_AT_ONCE = compiled(
    rf"^(?:{DET})?(?P<thing>{NP}) {CANNOT} (?:have|take|get) (?:(?:two|more than one|several|multiple) (?P<event>{NP}) at the same time|overlapping (?P<overlapping>{NP}))$"
)
_NEGATED = re.compile(r"\b(?:no|not|cannot|can't|mustn't|never|don't)\b")


@reads(Stage.RULES)
def no_overlap(draft: Draft, clause: Clause) -> None:
    """Slots of the same thing may touch, not overlap."""
    for pattern in (_TWO, _NOT_OVERLAPPING, _EVENT, _DOUBLE, _TAKEN, _ALREADY, _TWO_AT_ONCE):
        match = pattern.search(clause.low)
        if match is None or (pattern in {_TWO, _EVENT} and not _NEGATED.search(match.group())):
            continue
        groups = match.groupdict()
        thing = draft.find(groups["thing"]) if groups.get("thing") else None
        said = groups.get("event") or groups.get("overlapping")
        entity = draft.find(said) if said else None
        if pattern is _TWO_AT_ONCE and (
            entity is None or thing is None or not any(r.target == thing.name for r in entity.relations)
        ):
            continue
        if entity is None and thing is not None:
            events = draft.events_of(thing.name)
            entity = next((e for e in events if draft.notes[e.name].interval), events[0] if events else None)
        if entity is None or ("overbooked" in match.group() and draft.notes[entity.name].interval is None):
            continue
        clause.take(match)
        add_no_overlap(draft, clause, entity, thing)
        return


def add_no_overlap(draft: Draft, clause: Clause, entity: EntitySpec, thing: EntitySpec | None) -> None:
    """The rule, with the interval that it needs; the scope is the thing, else the entity's subject."""
    notes = draft.notes[entity.name]
    add_interval(draft, notes.origin or clause, entity)
    start, end = notes.interval or ("starts_at", "ends_at")
    scope = next((r.name for r in entity.relations if thing is not None and r.target == thing.name), None)
    if scope is None:
        scope = notes.subject or next(
            (r.name for r in entity.relations if r.kind == "many_to_one" and r.target != "User"), None
        )

    def apart() -> Expr:
        where = both(
            *([same(scope)] if scope else []),
            Compare(op="lt", left=item(start), right=self_(end)),
            Compare(op="lt", left=self_(start), right=item(end)),
            *draft.active(entity),
        )
        return draft.while_active(
            entity, Not(of=Aggregate(op="exists", entity=entity.name, where=where, exclude_self=True))
        )

    message = f"This overlaps with another {label(entity.name)}" + (
        f" of the same {scope.replace('_', ' ')}." if scope else "."
    )
    rule = RuleSpec(
        id=f"{identifier(plural_label(entity.name))}_do_not_overlap"[:62],
        family="no_overlap",
        on=["create", "update"],
        require=ALWAYS,
        message=message,
    )
    draft.settle(rule, apart)
    draft.add_rule(entity, rule)
    of = f" of one {scope.replace('_', ' ')}" if scope else ""
    rule.requirement = draft.want(
        f"{entity.plural}_overlap",
        clause,
        f"No two {plural_label(entity.name)}{of} overlap; back to back is allowed.",
        overlap(entity.name, scope),
        kind="rule",
    )
