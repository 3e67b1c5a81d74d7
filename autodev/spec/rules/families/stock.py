"""Stock and capacity: "stock cannot go below zero", "no more registrations than seats", "cannot be borrowed when no copy is free"."""

from __future__ import annotations

import re

from autodev.spec.expr import Aggregate, Arith, Compare
from autodev.spec.rules.acceptance.figures import stock_of_movements
from autodev.spec.rules.draft import Draft, both, integer, item, same, self_
from autodev.spec.rules.event_rules import SEAT_FIELDS, STOCK_FIELDS, add_stock
from autodev.spec.rules.families.ranges import want_range
from autodev.spec.rules.lexicon import verb_of
from autodev.spec.rules.patterns import CANNOT, DET, MODAL, NP, compiled, people
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.schema import EntitySpec, RuleSpec

_ZERO = compiled(
    rf"^(?:the )?(?P<what>stock|inventory|quantity(?: in stock)?|stock level|copies|number of copies)(?: (?:of|per|for) (?:{DET})?{NP})? (?:(?:{CANNOT}|never|may never|must never|can never) (?:go|goes|fall|falls|drop|drops|get|become|becomes|be) (?:below (?:zero|0)|negative|under zero)|must (?:stay|remain|be) (?:non-?negative|at least zero|zero or more))$"
)
_MOVEMENT = compiled(
    rf"^(?:{DET})?(?P<what>{NP}) (?:that|which) (?:would )?(?:make|makes|bring|brings|take|takes|push|pushes|turn|turns) (?:the )?(?:stock|quantity|balance|inventory)(?: level)? (?:negative|below (?:zero|0)) (?:is|are|must be|gets?|{CANNOT} be) (?:refused|rejected|not allowed|made|accepted|saved|forbidden)$"
)
_FULL = compiled(
    rf"^(?:{DET})?(?P<what>{NP}) {CANNOT} be (?:borrowed|booked|reserved|overbooked|oversold|rented|lent|enrolled in|registered for)(?: beyond (?:its|their) (?:capacity|seats))?(?: (?:when|if|while|once|unless) .{{0,60}}(?:cop(?:y|ies)|full|left|free|available|seats?|sold out|capacity|places).{{0,20}})?$"
)
_WITHOUT = compiled(
    rf"^(?:{DET})?(?P<what>{NP}) (?:with no|without) (?:a )?(?:free|available|remaining|left)? ?(?:cop(?:y|ies)|seats?|places?)(?: left| available)? {CANNOT} be (?:borrowed|booked|reserved|rented|lent|registered for|taken)$"
)
_NO_MORE = compiled(
    rf"^(?:there {CANNOT} be |there are |no |{DET})?(?:more )?(?P<event>{NP}) (?:than|{CANNOT} exceed|never exceeds?|is limited (?:by|to)|are limited (?:by|to)) (?:there are |the )?(?:(?:number of |available |free )*)(?P<stock>seats|places|copies|spots|capacity|tickets)(?: (?:of|in|on|for) (?:{DET})?{NP})?(?: available| left| there are)?$"
)
_ONLY_FREE = compiled(
    rf"^(?:only )?(?:{people()}) {MODAL} (?:only )?(?:borrow|book|reserve|rent) (?:{DET})?(?P<what>{NP}) (?:only )?(?:if|when|while) (?:there (?:is|are) )?(?:a |any )?(?:free |available )?(?:cop(?:y|ies)|seats?|it is available|it is free)(?: is| are)?(?: free| left| available)?$"
)


_ONE_AT_A_TIME = compiled(
    rf"^(?:{DET})?(?P<what>{NP}) (?:can|may) (?:only )?be (?:borrowed|rented|lent)(?: out)? (?:by|to) (?:only )?(?:one|a single) (?:{people()}) (?:only )?at (?:a|one|the same) time$"
)
_WHEN_FULL = compiled(
    r"^(?:when|if|once|as soon as) (?:(?:all|no) (?:the )?(?:seats|places|spots|tickets) (?:are|is) (?:taken|left|free|available|gone|booked|sold)|(?:it|an? [a-z]+|the [a-z]+) is (?:full|sold out|fully booked))$"
)
_IS_REFUSED = compiled(
    rf"^(?:the |further |more |new |no more |any |a )*(?P<event>{NP}) (?:is|are|must be|{CANNOT} be) (?:refused|rejected|closed|made|accepted|not possible|no longer possible|possible|impossible)$"
)


@reads(Stage.RULES)
def refused_when_full(draft: Draft, clause: Clause) -> None:
    """ "When all seats are taken, registration is refused": what the seats bound."""
    if _WHEN_FULL.match(clause.low) is None:
        return
    after = next((c for c in draft.clauses if c.index == clause.index + 1), None)
    match = _IS_REFUSED.match(after.low) if after is not None else None
    event = draft.find(match["event"]) if match else None
    said = next((w.scenarios for w in draft.wants if event is not None and w.id == f"{event.plural}_stock"), None)
    if after is None or event is None or said is None:
        return
    for part in (clause, after):
        part.take()
        draft.want(
            f"{event.plural}_stock_{part.index}", part, "Nobody gets a place when all are taken.", said, kind="rule"
        )


@reads(Stage.RULES)
def not_below_zero(draft: Draft, clause: Clause) -> None:
    """A stock that is a field stays at zero or more; one that is a sum of movements bounds these."""
    match = _ZERO.match(clause.low)
    if match is not None:
        movement = _movement(draft)
        if movement is not None:
            clause.take(match)
            add_movement_rule(draft, clause, movement)
            return
        found = next(((e, f) for e in draft.entities.values() for f in e.fields if f.name in STOCK_FIELDS), None)
        if found is not None:
            clause.take(match)
            found[1].min = "0"
            want_range(draft, clause, *found)
        return
    match = _MOVEMENT.match(clause.low)
    movement = (draft.find(match["what"]) or _movement(draft)) if match else None
    if match is not None and movement is not None:
        clause.take(match)
        add_movement_rule(draft, clause, movement)


@reads(Stage.RULES)
def no_more_than_there_are(draft: Draft, clause: Clause) -> None:
    """Copies and seats bound how many open records there are of a thing."""
    for pattern in (_FULL, _WITHOUT, _ONLY_FREE, _ONE_AT_A_TIME, _NO_MORE):
        match = pattern.match(clause.low)
        if match is None:
            continue
        groups = match.groupdict()
        thing = draft.find(groups["what"]) if groups.get("what") else None
        event = draft.find(groups["event"]) if groups.get("event") else None
        if thing is not None and event is None:
            event = _taking(draft, thing, clause.low)
        elif event is not None and thing is None:
            subject = draft.notes[event.name].subject
            relation = event.relation(subject) if subject else None
            thing = draft.entities.get(relation.target) if relation else None
        if thing is None or event is None or draft.notes[event.name].interval is not None:
            continue
        names = (*STOCK_FIELDS, *SEAT_FIELDS)
        if add_stock(draft, clause, event, thing, names, needed=bool(draft.notes[event.name].ended_by)):
            clause.take(match)
            said = next((w.scenarios for w in draft.wants if w.id == f"{event.plural}_stock"), None)
            if said is not None:
                draft.want(f"{event.plural}_stock_said", clause, match.group().capitalize() + ".", said, kind="rule")
            return


def _taking(draft: Draft, thing: EntitySpec, low: str) -> EntitySpec | None:
    """The records that take a copy or a seat of the thing: by the verb of the sentence, where it says one."""
    takes = [
        (event, verb)
        for event in draft.events_of(thing.name)
        if (verb := verb_of(event.name)) and verb.uses != "nothing"
    ]
    said = [event for event, verb in takes if any(re.search(rf"\b{form}\b", low) for form in verb.forms)]
    return next(iter(said or [event for event, _ in takes]), None)


def _movement(draft: Draft) -> EntitySpec | None:
    """The entity whose quantities add up to a stock: it relates to two things and has a signed quantity."""
    for entity in draft.entities.values():
        quantity = entity.field("quantity")
        if entity.name.endswith(("Movement", "Transaction")) and quantity is not None and entity.relations:
            return entity
    return None


def add_movement_rule(draft: Draft, clause: Clause, movement: EntitySpec) -> None:
    """The sum over the movements of the same things, with this one, is not negative."""
    quantity = movement.field("quantity")
    if quantity is None:
        return
    quantity.min = None
    links = [r.name for r in movement.relations if r.required and r.target != "User"]
    before = Aggregate(
        op="sum",
        entity=movement.name,
        where=both(*(same(name) for name in links)),
        value=item("quantity"),
        exclude_self=True,
    )
    rule = RuleSpec(
        id="stock_not_negative", family="stock", on=["create", "update"],
        require=Compare(op="ge", left=Arith(op="add", left=before, right=self_("quantity")), right=integer(0)),
        message="This would make the stock negative.", field="quantity",
    )  # fmt: skip
    draft.add_rule(movement, rule)
    rule.requirement = draft.want(
        f"{movement.plural}_stock",
        clause,
        "A movement that would make the stock negative is refused.",
        stock_of_movements(movement.name, "quantity"),
        kind="rule",
    )
