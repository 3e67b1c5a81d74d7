"""How many a thing holds: "a class can have up to 15 people", "a column has at most 5 cards", "at most 30 students per course"."""

from __future__ import annotations

from autodev.spec.expr import Compare, Expr
from autodev.spec.rules.acceptance.capacity import holds
from autodev.spec.rules.draft import ALWAYS, Draft, count_others, integer, same
from autodev.spec.rules.event_rules import SEAT_FIELDS, add_stock
from autodev.spec.rules.families.defaults import want_default
from autodev.spec.rules.families.limits import MOST_TESTED
from autodev.spec.rules.families.ranges import want_range
from autodev.spec.rules.lexicon import verb_of
from autodev.spec.rules.patterns import CANNOT, DET, MODAL, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import NUMBER, identifier, label, number, plural_label, singular, split_words
from autodev.spec.schema import EntitySpec, FieldSpec, RuleSpec

_MOST = r"(?:at most|at the most|no more than|not more than|up to|a maximum of|a max of|maximum|max\.?|only|as many as)"
_N = rf"(?P<most>{NUMBER}) (?P<part>{NP})"
_HOLDS = compiled(
    rf"^(?:in )?(?P<whole>(?:{DET})?{NP}) (?:{MODAL} )?(?:only )?(?:has|have|holds?|contains?|fits?|takes?|accepts?|seats?|needs?|admits?|hosts?|includes?|is limited to|are limited to|has (?:room|space) for|have (?:room|space) for) (?:{_MOST} )?{_N}(?: at (?:a|one|the same) time| at once| in total)?$"
)
_CANNOT = compiled(
    rf"^(?P<whole>(?:{DET})?{NP}) {CANNOT} (?:have|hold|contain|take|accept|include) more than {_N}(?: at (?:a|one|the same) time| at once| in total)?$"
)
_PER = compiled(
    rf"^(?:there (?:are|is|can be|may be) |(?:a |the )?limit of )?(?:{_MOST} )?{_N} (?:{CANNOT} |can |may )?(?:per|in (?:a|each|every|one|any)|for each|for every|on (?:a|each)) (?P<whole>{NP})$"
)
_MORE = compiled(
    rf"^(?:no |not )more than {_N} (?:can |may )?(?:enrol in|enroll in|join|attend|book|register for|be (?:enrolled )?in|sign up for|be booked (?:for|in)) (?:{DET})?(?P<whole>{NP})$"
)
_BOUND = compiled(rf"\b(?:{_MOST}|more than|limited to|limit of|seats|holds?|fits?|(?:room|space) for)\b")
_PEOPLE = frozenset(
    [
        "people",
        "person",
        "seat",
        "place",
        "spot",
        "participant",
        "attendee",
        "visitor",
        "child",
        "kid",
        "guest",
        "passenger",
    ]
)


@reads(Stage.RULES)
def capacity(draft: Draft, clause: Clause) -> None:
    """Of people: a field with that as its most, which bounds the records of those who take part. Of things that belong to it: a count."""
    for pattern in (_HOLDS, _CANNOT, _PER, _MORE):
        match = pattern.match(clause.low)
        most = number(match["most"]) if match else None
        if match is None or not most or not _BOUND.search(match.group()) or clause.is_taken(*match.span("most")):
            continue
        whole, part = draft.find(match["whole"]), draft.find(match["part"])
        if whole is None or whole is part:
            continue
        last = singular(split_words(match["part"])[-1])
        linked = part is not None and any(r.target == whole.name and r.kind == "many_to_one" for r in part.relations)
        if part is not None and linked and _is_whole_name(draft, part, match["part"]):
            clause.take(match)
            add_most(draft, clause, whole, part, most)
            return
        if part is None and (last in _PEOPLE or draft.is_person(last)) and add_places(draft, clause, whole, most):
            clause.take(match)
            return


def _is_whole_name(draft: Draft, part: EntitySpec, phrase: str) -> bool:
    """Whether the phrase is the part's name and no more: "open issues" are not all issues."""
    words = split_words(phrase)
    said = " ".join([*words[:-1], singular(words[-1])])
    return said in {label(part.name), *draft.notes[part.name].aliases}


def add_places(draft: Draft, clause: Clause, whole: EntitySpec, most: int) -> bool:
    """The places of a thing whose records by people take one each; False where nobody takes any."""
    events = [
        e
        for e in draft.events_of(whole.name)
        if ((verb := verb_of(e.name)) is not None and verb.uses == "seat") or _takes(draft, e)
    ]
    if len(events) != 1:
        return False
    event = events[0]
    name = next((n for n in SEAT_FIELDS if whole.field(n) is not None), "capacity")
    field = draft.add_field(whole, FieldSpec(name=name, type="integer", min="1"))
    if field.computed is not None or field.type != "integer":
        return False
    field.min, field.max, field.default, field.required = field.min or "0", str(most), most, True
    want_range(draft, clause, whole, field)
    want_default(draft, clause, whole, field)
    return add_stock(draft, clause, event, whole, SEAT_FIELDS, needed=True)


def _takes(draft: Draft, event: EntitySpec) -> bool:
    """Bookings of a thing that happens at a time of its own take places of it."""
    return draft.notes[event.name].interval is None and any(r.family == "stock" for r in event.rules)


def add_most(draft: Draft, clause: Clause, whole: EntitySpec, part: EntitySpec, most: int) -> None:
    """No more parts that still count than so many for each whole."""
    link = next(r.name for r in part.relations if r.target == whole.name and r.kind == "many_to_one")

    def few() -> Expr:
        count = count_others(part.name, same(link), *draft.active(part))
        return draft.while_active(part, Compare(op="lt", left=count, right=integer(most)))

    said = f"A {label(whole.name)} has at most {most} {plural_label(part.name)}."
    rule = RuleSpec(
        id=f"at_most_{most}_a_{identifier(label(whole.name))}"[:62], family="stock", on=["create", "update"], require=ALWAYS,
        message=said, field=link,
    )  # fmt: skip
    draft.settle(rule, few)
    if not draft.add_rule(part, rule):
        return
    if most > MOST_TESTED:
        draft.unmet(clause, said, f"The rule is built, but making {most} records to show it is too much for a check.")
        return
    rule.requirement = draft.want(
        f"{part.plural}_per_{link}"[:62], clause, said, holds(part.name, link, most), kind="rule"
    )
