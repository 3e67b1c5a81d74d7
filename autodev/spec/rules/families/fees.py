"""Fees per unit of time: "late returns cost 0.20 a day", "a fine of $0.50 per day late", "2.50 for each started hour"."""

from __future__ import annotations

from typing import Literal, cast

from autodev.spec.expr import Arith, Expr, Lit, Now, Units
from autodev.spec.rules.acceptance.events import closing
from autodev.spec.rules.acceptance.time import late_fee
from autodev.spec.rules.draft import Draft, decimal, integer, self_
from autodev.spec.rules.patterns import DET, NP, compiled
from autodev.spec.rules.quantities import MONEY, money_from, unit
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import label
from autodev.spec.schema import EntitySpec, FieldSpec

_RATE = rf"(?P<money>{MONEY}) (?:for each |for every |for |per |a |an |each |every )(?P<started>started |begun |commenced |full |whole |overdue |late )?(?P<unit>minute|hour|day|week)s?"
_LATE = compiled(
    rf"\b(?:late (?:returns?|loans?|books?|rentals?|items?|{NP})|overdue (?:loans?|books?|rentals?|items?|{NP})|returning (?:{DET})?(?:{NP} )?late|being late|each late {NP}|"
    rf"(?:a |the )?(?:late|overdue) (?:fees?|fines?|charges?|penalty|penalties)(?: is| are| of)?|who(?:ever)? returns? (?:{NP} )?late)"
    rf" (?:costs?|pays?|is charged|are charged|is fined|are fined|incurs? (?:a |an )?(?:fine|fee|charge|penalty) of|is|are|of|will cost|has a (?:fine|fee) of|(?:adds?|gives?) (?:a )?(?:fine|fee) of)? ?{_RATE}(?P<tail>.{{0,40}})$"
)
_FINE = compiled(
    rf"\b(?:a |an |the )?(?:fine|fee|charge|penalty|surcharge|cost) (?:of|is) {_RATE}(?: (?:is (?:charged|due|paid|added)|applies|(?:for|on|when|if) (?:(?!\b(?:first|grace|except|unless|only|maximum|most|up to|than)\b)[^\d]){{0,40}}|late|overdue|of delay|beyond (?:(?!\b(?:first|grace|except|unless|only|maximum|most|up to|than)\b)[^\d]){{0,40}}|after (?:(?!\b(?:first|grace|except|unless|only|maximum|most|up to|than)\b)[^\d]){{0,40}}))?(?P<tail>)$"
)
_EACH_DAY = compiled(
    rf"\b(?:each|every|for each|for every|per) (?P<started>started |begun )?(?P<unit>minute|hour|day|week) (?:late|overdue|of delay|past the due date|beyond the due date|too late) (?:costs?|adds?|is|is charged(?: at)?) (?P<money>{MONEY})(?P<tail>)$"
)
_CAP = compiled(
    rf"^,? ?(?:and |but |with )?(?:at most|up to|no more than|never more than|a maximum of|capped at|maximum) (?P<cap>{MONEY})(?: in total)?$"
)
_STARTED = compiled(r"\b(?:each |every |per )?(?:started|begun|commenced)\b|\brounded up\b")


@reads(Stage.DERIVE)
def late_fees(draft: Draft, clause: Clause) -> None:
    """A fee for being late, computed when the record is closed."""
    for pattern in (_LATE, _EACH_DAY, _FINE):
        match = pattern.search(clause.low)
        rate = money_from(match["money"]) if match else None
        if match is None or rate is None:
            continue
        if pattern is _FINE and not any(
            w in clause.low for w in ("late", "overdue", "delay", "due", "return", "beyond")
        ):
            continue
        entity = _late_entity(draft, clause)
        close = closing(draft, entity) if entity is not None else None
        due = entity.field("due_at") if entity is not None else None
        if entity is None or close is None or due is None:
            continue
        cap = _CAP.match(match["tail"]) if match["tail"] else None
        clause.take(span=(match.start(), match.start("tail") + (cap.end() if cap else 0)))
        started = bool(match["started"] and match["started"].strip() in {"started", "begun", "commenced"}) or bool(
            _STARTED.search(match.group())
        )
        add_late_fee(
            draft,
            clause,
            entity,
            close,
            rate=rate,
            unit_name=unit(match["unit"]),
            each_started=started,
            cap=money_from(cap["cap"]) if cap else None,
        )
        return


def add_late_fee(
    draft: Draft,
    clause: Clause,
    entity: EntitySpec,
    close: str,
    *,
    rate: str,
    unit_name: str,
    each_started: bool,
    cap: str | None = None,
) -> None:
    """`fine`: units late times the rate, never below zero, written by the action that closes the record."""
    of_unit = cast("Literal['minute', 'hour', 'day', 'week']", unit_name)
    late = Units(of=Arith(op="sub", left=Now(), right=self_("due_at")), unit=of_unit, ceil=each_started)
    fine: Expr = Arith(op="mul", left=Arith(op="max", left=integer(0), right=late), right=decimal(rate))
    if cap is not None:
        fine = Arith(op="min", left=fine, right=decimal(cap))
    existing = entity.field("fine")
    if existing is not None and existing.computed is not None:
        return
    if existing is not None:
        entity.fields.remove(existing)
    entity.fields.append(
        FieldSpec(
            name="fine",
            type="decimal",
            required=False,
            default="0.00",
            min="0",
            computed=fine,
            computed_on=f"action:{close}",
        )
    )
    action = next(a for a in entity.actions if a.name == close)
    action.sets["fine"] = fine
    due = entity.field("due_at")
    lasts = due.computed.right if due is not None and isinstance(due.computed, Arith) else None
    lasts_s = int(lasts.value) if isinstance(lasts, Lit) and isinstance(lasts.value, int) else 0
    counting = f"each started {unit_name} counts" if each_started else f"only whole {unit_name}s count"
    if not each_started:
        draft.assume(f"Only whole {unit_name}s late are charged; a started {unit_name} is not.")
    draft.want(
        f"{entity.plural}_fine", clause, f"A late {label(entity.name)} costs {rate} a {unit_name}{f', at most {cap}' if cap else ''}; {counting}.",
        late_fee(entity.name, "fine", close, lasts_s=lasts_s, rate=rate, unit=unit_name, each_started=each_started, cap=cap), kind="rule",
    )  # fmt: skip


def _late_entity(draft: Draft, clause: Clause) -> EntitySpec | None:
    """What is late: the entity with a due date, the named one where there are several."""
    candidates = [e for e in draft.entities.values() if e.field("due_at") is not None and draft.notes[e.name].ended_by]
    named = [e for e in candidates if label(e.name) in clause.low]
    return next(iter(named or candidates), None)
