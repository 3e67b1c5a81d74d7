"""Deadlines: "can be cancelled until one hour before it starts", "at least two hours in advance", "not in the past"."""

from __future__ import annotations

from autodev.spec.expr import Arith, Compare, Expr, Now, Ref
from autodev.spec.rules.acceptance.time import change_deadline, deadline, lead_time
from autodev.spec.rules.draft import Draft, duration, self_
from autodev.spec.rules.event_rules import SEAT_FIELDS, add_interval
from autodev.spec.rules.families.actions import add_action
from autodev.spec.rules.lookup import part_of
from autodev.spec.rules.patterns import CANNOT, DET, NP, compiled
from autodev.spec.rules.quantities import DURATION, Duration, duration_from
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import article, identifier, label, participle_base
from autodev.spec.schema import EntitySpec, FieldSpec, RuleSpec

_D = rf"(?P<length>{DURATION})"
_START = rf"(?P<moment>(?:it|they|he|she|(?:{DET})?{NP}) (?:starts?|begins?)|(?:(?:its|their|the|{DET}) ?)?(?:(?:{NP}) )?(?:start(?:ing)?(?: time| date)?|beginning|event|departure|check-?in|slot|appointment|booking|reservation))"
_VERB = r"(?P<verb>cancell?ed|changed|edited|withdrawn|moved|updated|rescheduled)"
_UNTIL = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:can|may|must) (?:only )?be {_VERB} (?:(?:until|till|up to|up until|no later than|at the latest|if it is (?:done )?at least|at least|not later than|more than|only|by)+ )*{_D} (?:before|ahead of|prior to) {_START}$"
)
_NOT_LESS = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) {CANNOT} be {_VERB} (?:(?:any more |anymore )?(?:less than|within|later than|in the last|during the last|from) )?{_D} (?:before|of|ahead of|prior to) {_START}$"
)
_ACTIVE = compiled(
    rf"^(?:{DET})?\w+ (?:can|may) (?:only )?(?P<verb>cancel|change|edit|withdraw|move|reschedule)s?(?: (?:{DET}|their |his )?(?P<what>{NP}))?? (?:(?:until|till|up to|up until|no later than|at least|not later than|more than|only) )+{_D} (?:before|ahead of|prior to) {_START}$"
)
_BEFORE_START = compiled(rf"^(?P<what>(?:{DET})?{NP}) (?:can|may) only be {_VERB} before {_START}(?P<length>)$")
_STARTED = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:that|which) (?:has|have) (?:already )?(?:started|begun) {CANNOT} be {_VERB}(?P<length>)(?P<moment>)$"
)
_ADVANCE = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:must|should|can only|may only|has to|have to|needs to|need to) (?:be )?(?:made|booked|reserved|created|placed|start|begin|scheduled|requested)? ?(?:at least )?{_D} (?:in advance|ahead|beforehand|in the future|from now|before (?:it|they) starts?)$"
)
_PAST = compiled(
    rf"^(?P<what>(?:{DET})?{NP})(?: (?P<field>date|time|start|start time))? {CANNOT} (?:start |begin |be (?:made |booked |created |placed |scheduled |set )?|lie )?(?:in|for|into) the past$"
)
_FUTURE = compiled(
    rf"^(?P<what>(?:{DET})?{NP})(?: (?P<field>date|time|start|start time))? (?:must|should|has to|have to) (?:start |begin |be (?:made |booked |created |placed |scheduled |set )?|lie )?in the future$"
)


@reads(Stage.ACTIONS)
def before_it_starts(draft: Draft, clause: Clause) -> None:
    """An action that is possible until so long before the start."""
    for pattern in (_UNTIL, _NOT_LESS, _ACTIVE, _BEFORE_START, _STARTED):
        match = pattern.match(clause.low)
        if match is None:
            continue
        length = duration_from(match["length"]) if match["length"] else Duration(0, "")
        entity = (
            draft.find(match["what"]) if match["what"] and match["what"] not in {"it", "them"} else _made_last(draft)
        )
        if entity is None or length is None:
            return
        if draft.notes[entity.name].subject is None and len(draft.events_of(entity.name)) == 1:
            entity = draft.events_of(entity.name)[0]
        clause.take(match)
        field = _start(draft, clause, entity)
        add_deadline(draft, clause, entity, match["verb"], field, length)
        return


def _made_last(draft: Draft) -> EntitySpec | None:
    """What "can cancel" is about where nothing is named: the records that people make about a thing, if of one kind."""
    events = [e for e in draft.entities.values() if draft.notes[e.name].subject is not None and e.owned]
    return events[0] if len(events) == 1 else None


@reads(Stage.RULES)
def ahead(draft: Draft, clause: Clause) -> None:
    """A moment that must lie so far ahead when the record is made."""
    for pattern in (_ADVANCE, _PAST, _FUTURE):
        match = pattern.match(clause.low)
        if match is None:
            continue
        length = duration_from(match["length"]) if pattern is _ADVANCE else Duration(0, "")
        entity = draft.find(match["what"])
        found = (
            None
            if entity is not None
            else part_of(draft, match["what"] + (f" {match['field']}" if match.groupdict().get("field") else ""))
        )
        if length is None or (entity is None and found is None):
            continue
        if found is not None:
            entity, field = found
        elif entity is not None:
            field = _start(draft, clause, entity)
        spec = entity.field(field) if entity is not None else None
        if entity is None or spec is None or spec.type not in {"date", "datetime"} or not spec.is_input:
            continue
        clause.take(match)
        add_lead_time(draft, clause, entity, spec, length)
        return


def add_deadline(draft: Draft, clause: Clause, entity: EntitySpec, verb: str, field: str, length: Duration) -> None:
    """The requirement on the action; deleting is bound in the same way, or it would be a way round."""
    base = "cancel" if verb.startswith("cancel") else next(iter(participle_base(verb)), verb)
    moment: Expr = (
        self_(field) if not length.seconds else Arith(op="sub", left=self_(field), right=duration(length.seconds))
    )
    require = Compare(op="le", left=Now(), right=moment)
    said = f"until {length.label} before it starts" if length.seconds else "before it starts"
    message = (
        f"{article(label(entity.name)).capitalize()} can be {'cancelled' if base == 'cancel' else verb} only {said}."
    )
    if base in {"cancel", "withdraw"}:
        action = add_action(draft, clause, entity, base)
        rule = RuleSpec(
            id=f"{base}_deadline", family="deadline", on=[f"action:{base}"], require=require, message=message
        )
        if not any(r.id == rule.id for r in action.requires):
            rule.requirement = draft.want(
                f"{entity.plural}_{base}_deadline",
                clause,
                message,
                deadline(entity.name, base, field, length.seconds),
                kind="rule",
            )
            action.requires.append(rule)
        draft.add_rule(
            entity,
            RuleSpec(
                id=f"{base}_deadline_of_deletion",
                family="deadline",
                on=["delete"],
                require=require,
                message=message,
                requirement=rule.requirement,
            ),
        )
        return
    old = Compare(op="le", left=Now(), right=_of_old(field, length))
    rule = RuleSpec(id="change_deadline", family="deadline", on=["update"], require=old, message=message)
    draft.add_rule(entity, rule)
    rule.requirement = draft.want(
        f"{entity.plural}_change_deadline",
        clause,
        message,
        change_deadline(entity.name, field, length.seconds),
        kind="rule",
    )


def _of_old(field: str, length: Duration) -> Expr:
    before = Ref(path=field, of="old")
    return before if not length.seconds else Arith(op="sub", left=before, right=duration(length.seconds))


def add_lead_time(draft: Draft, clause: Clause, entity: EntitySpec, field: FieldSpec, length: Duration) -> None:
    """Checked when the record is made."""
    now: Expr = Now(as_date=field.type == "date")
    bound = now if not length.seconds else Arith(op="add", left=now, right=duration(length.seconds))
    said = f"at least {length.label} ahead" if length.seconds else "not in the past"
    message = f"{field.name.replace('_', ' ').capitalize()} must be {said}."
    rule = RuleSpec(
        id=f"{field.name}_ahead_{length.seconds}_s",
        family="deadline",
        on=["create"],
        require=Compare(op="ge", left=self_(field.name), right=bound),
        message=message,
        field=field.name,
    )
    draft.add_rule(entity, rule)
    rule.requirement = draft.want(
        f"{entity.plural}_{identifier(field.name)}_ahead",
        clause,
        message,
        lead_time(entity.name, field.name, length.seconds),
        kind="rule",
    )


def _start(draft: Draft, clause: Clause, entity: EntitySpec) -> str:
    """The field that says when a record starts; an interval is given where there is none."""
    notes = draft.notes[entity.name]
    if notes.interval is not None:
        return notes.interval[0]
    moments = [f.name for f in entity.fields if f.is_input and f.type in {"datetime", "date"}]
    if moments:
        return next((n for n in moments if n.startswith(("start", "begin"))), moments[0])
    relation = entity.relation(notes.subject) if notes.subject else None
    thing = draft.entities.get(relation.target) if relation else None
    start = (
        next((f.name for f in thing.fields if f.type == "datetime" and f.is_input), None) if thing is not None else None
    )
    if relation is not None and start is not None:
        return f"{relation.name}.{start}"
    if (
        relation is not None
        and thing is not None
        and any(thing.field(name) for name in SEAT_FIELDS)
        and notes.interval is None
    ):
        # Places are taken of what happens at a time of its own: a class, a course.
        draft.add_field(thing, FieldSpec(name="starts_at", type="datetime"))
        draft.assume(f"{article(label(thing.name)).capitalize()} has the moment at which it starts.")
        return f"{relation.name}.starts_at"
    add_interval(draft, clause, entity)
    return (draft.notes[entity.name].interval or ("starts_at", ""))[0]
