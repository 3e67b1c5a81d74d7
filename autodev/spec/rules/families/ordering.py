"""One moment or number after another: "the end must be after the start", "the due date cannot be before the issue date"."""

from __future__ import annotations

from typing import Literal

from autodev.spec.expr import Compare
from autodev.spec.rules.acceptance.events import ordered
from autodev.spec.rules.draft import Draft, self_
from autodev.spec.rules.lookup import part_of
from autodev.spec.rules.patterns import CANNOT, DET, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import identifier, label, moment_label
from autodev.spec.schema import EntitySpec, RuleSpec

_WHAT = rf"(?P<what>(?:{DET})?{NP}(?: of (?:{DET})?{NP})?)"
_OTHER = rf"(?:(?:{DET})?(?P<other>{NP}))"
_AFTER = compiled(
    rf"^{_WHAT} (?:must|should|has to|have to|needs to|is always|are always) (?:be|come|lie) (?:strictly )?(?:after|later than) {_OTHER}$"
)
_NOT_BEFORE = compiled(rf"^{_WHAT} {CANNOT} (?:be|come|lie) (?:before|earlier than|prior to) {_OTHER}$")
_BEFORE = compiled(
    rf"^{_WHAT} (?:must|should|has to|have to|needs to) (?:be|come|lie) (?:before|earlier than) {_OTHER}$"
)
_ENDS_AFTER = compiled(
    rf"^(?P<entity>(?:{DET})?{NP}) (?:must|should|has to|have to|can only) end after (?:it|they) (?:starts?|begins?)$"
)


_OUT_AFTER_IN = compiled(
    r"^(?:the )?(?:check-?out|departure|end|end date|end time|return)(?: date| time)? (?:must|should|has to) (?:be|come|lie) (?:after|later than) (?:the )?(?:check-?in|arrival|start|start date|start time|pick-?up)(?: date| time)?$"
)


@reads(Stage.RULES)
def after(draft: Draft, clause: Clause) -> None:
    """Two fields of one entity in order."""
    match = _ENDS_AFTER.match(clause.low)
    if match is not None:
        entity = draft.find(match["entity"])
        names = draft.notes[entity.name].interval if entity is not None else None
        if entity is not None and names is not None:
            clause.take(match)
            _add(draft, clause, entity, names[0], names[1], "gt")
        return
    match = _OUT_AFTER_IN.match(clause.low)
    slots = [e for e in draft.entities.values() if draft.notes[e.name].interval is not None]
    if match is not None and len(slots) == 1:
        first, last = draft.notes[slots[0].name].interval or ("", "")
        clause.take(match)
        _add(draft, clause, slots[0], first, last, "gt")
        return
    for pattern, op in ((_AFTER, "gt"), (_NOT_BEFORE, "ge"), (_BEFORE, "lt")):
        match = pattern.match(clause.low)
        found = part_of(draft, match["what"], make=False) if match else None
        if match is None or found is None:
            continue
        entity, name = found
        other = part_of(draft, f"{match['other']} of {label(entity.name)}", make=False)
        if other is None or other[1] == name or not _comparable(entity, name, other[1]):
            continue
        clause.take(match)
        if op == "lt":
            _add(draft, clause, entity, name, other[1], "gt")
        else:
            _add(draft, clause, entity, other[1], name, "gt" if op == "gt" else "ge")
        return


def _comparable(entity: EntitySpec, one: str, other: str) -> bool:
    first, second = entity.field(one), entity.field(other)
    return first is not None and second is not None and first.type == second.type and first.type in {"date", "datetime"}


def _add(draft: Draft, clause: Clause, entity: EntitySpec, first: str, second: str, op: Literal["gt", "ge"]) -> None:
    rule = RuleSpec(
        id=f"{identifier(label(entity.name))}_{second}_after_{first}"[:62], family="order", on=["create", "update"],
        require=Compare(op=op, left=self_(second), right=self_(first)),
        message=f"The {moment_label(second)} must {'be after' if op == 'gt' else 'not be before'} the {moment_label(first)}.", field=second,
    )  # fmt: skip
    wanted = draft.want(
        f"{entity.plural}_{second}_order"[:62], clause, rule.message, ordered(entity.name, first, second), kind="rule"
    )
    draft.add_rule(entity, rule)
    rule.requirement = wanted
