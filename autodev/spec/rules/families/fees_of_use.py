"""Prices by time: "a rental costs 5 a day", "parking costs 2.50 for each started hour, the first 30 minutes are free", "the fee
is the number of days times the daily rate"."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, cast

from autodev.spec.expr import Arith, Expr, Now, Units
from autodev.spec.rules.acceptance.events import closing
from autodev.spec.rules.acceptance.fees import UsedFor, fee_of_use
from autodev.spec.rules.draft import Draft, decimal, duration, integer, self_
from autodev.spec.rules.field_reading import guess
from autodev.spec.rules.lexicon import verb_of
from autodev.spec.rules.lookup import part_of
from autodev.spec.rules.patterns import DET, NP, compiled
from autodev.spec.rules.quantities import DURATION, MONEY, duration_from, money_from, unit
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import identifier, label, split_words
from autodev.spec.schema import EntitySpec, FieldSpec

_NAME = r"(?:rental |total |usage |parking |booking |room )?(?:fee|price|cost|charge|total|rent)"
_CAP = rf"(?:at most|up to|no more than|never more than|with a maximum of|a maximum of|capped at|maximum) (?P<cap>{MONEY})(?: in total)?"
_FREE = rf"(?:the )?first (?P<free>{DURATION}) (?:is|are) free(?: of charge)?"
_TAILS = rf"(?P<tails>(?:(?:,|,? and|,? but|,? with) (?:{_FREE}|{_CAP})){{0,2}})"
_COSTS = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:costs?|is charged(?: at)?|are charged(?: at)?|is|are) (?P<money>{MONEY}) (?:per|a|an|each|for each|for every|every) (?P<started>started |begun |commenced )?(?P<unit>minute|hour|day|night|week){_TAILS}$"
)
_TIMES = compiled(
    rf"^(?:the )?(?P<name>{_NAME})(?: (?:of|for) (?:{DET})?{NP})? (?:is|equals|=) (?:the )?(?:number of )?(?P<started>started |begun )?(?P<unit>minute|hour|day|night|week)s? (?:times|x|\*|multiplied by) (?:the |its )?(?P<rate>{NP}(?: per {NP})?){_TAILS}$"
)
_ONLY_FREE = compiled(rf"^{_FREE}$")
_ONLY_CAP = compiled(
    rf"^(?:it|(?:{DET})?{NP}) (?:never costs? more than|costs? at most|cannot cost more than|costs? no more than) (?P<cap>{MONEY})$"
)


@dataclass
class _Told:
    """What was said of a price before: later clauses add to it."""

    entity: EntitySpec
    name: str
    rate: Expr
    used: UsedFor


_KEY = "fee_of_use"


@reads(Stage.DERIVE)
def fees_of_use(draft: Draft, clause: Clause) -> None:
    """The price of a thing that is used for a time, by the time."""
    match = _COSTS.match(clause.low) or _TIMES.match(clause.low)
    if match is None or clause.is_taken(*match.span()):
        _add_to(draft, clause)
        return
    groups = match.groupdict()
    entity = _used(draft, groups.get("what"))
    if entity is None:
        return
    rate, rate_field = _rate(draft, entity, groups)
    if rate is None:
        return
    clause.take(match)
    unit_name = unit(match["unit"])
    names = draft.notes[entity.name].interval
    if (
        names is not None
        and getattr(entity.field(names[0]), "type", "") == "date"
        and unit_name not in {"day", "night", "week"}
    ):
        return
    started = bool(match["started"])
    length = duration_from(groups["free"]) if groups.get("free") else None
    used = UsedFor(
        unit="day" if unit_name == "night" else unit_name, rate=money_from(groups["money"]) if groups.get("money") else None,
        rate_field=rate_field, free_s=length.seconds if length else 0, cap=money_from(groups["cap"]) if groups.get("cap") else None,
    )  # fmt: skip
    if not started:
        draft.assume(f"A started {used.unit} is charged as a whole one.")
    name = identifier(split_words(groups.get("name") or "price")[-1])
    told = _Told(entity, name, rate, used)
    _write(draft, clause, told)


def _add_to(draft: Draft, clause: Clause) -> None:
    """ "The first 30 minutes are free", "it never costs more than 20": of the price that was told before."""
    free, cap = _ONLY_FREE.match(clause.low), _ONLY_CAP.match(clause.low)
    told = cast("_Told | None", draft.told.get(_KEY))
    if told is None or (free is None and cap is None):
        return
    length = duration_from(free["free"]) if free else None
    if free is not None and length is not None:
        told.used.free_s = length.seconds
        clause.take(free)
    elif cap is not None:
        told.used.cap = money_from(cap["cap"])
        clause.take(cap)
    _write(draft, clause, told)


def _used(draft: Draft, phrase: str | None) -> EntitySpec | None:
    """The records of using a thing: the one named, those of the thing named, or the only kind there is."""
    timed = [e for e in draft.entities.values() if _span(draft, e) is not None]
    named = draft.find(phrase) if phrase else None
    if named in timed:
        return named
    if named is not None:
        timed = [e for e in timed if any(r.target == named.name for r in e.relations)]
    elif phrase and not _means_use(draft, phrase, timed):
        return None
    return timed[0] if len(timed) == 1 else None


def _means_use(draft: Draft, phrase: str, timed: list[EntitySpec]) -> bool:
    """ "Parking", "renting", "a rental": a word of the domain or of the verb."""
    last = split_words(phrase)[-1]
    forms = {form for e in timed if (verb := verb_of(e.name)) for form in (*verb.forms, *verb.entity_words)}
    return last in forms or last == (draft.domain or "")


def _span(draft: Draft, entity: EntitySpec) -> tuple[Expr, str] | None:
    """How long a record's use is, and when that is known: when it is read, or by the action that ends it."""
    names = draft.notes[entity.name].interval
    if names is not None:
        kinds = {f.type for name in names if (f := entity.field(name)) is not None}
        if kinds not in ({"datetime"}, {"date"}):
            return None
        return Arith(op="sub", left=self_(names[1]), right=self_(names[0])), "read"
    verb = verb_of(entity.name)
    close = closing(draft, entity)
    if verb is None or verb.opened_field is None or close is None or close != verb.close:
        return None
    return Arith(op="sub", left=Now(), right=self_(verb.opened_field)), f"action:{close}"


def _rate(draft: Draft, entity: EntitySpec, groups: dict[str, str | None]) -> tuple[Expr | None, str | None]:
    """A sum of money, or the field of the thing that holds it, made where it has none yet."""
    if groups.get("money"):
        money = money_from(groups["money"] or "")
        return (decimal(money), None) if money else (None, None)
    subject = draft.notes[entity.name].subject
    relation = entity.relation(subject) if subject else None
    thing = draft.entities.get(relation.target) if relation else None
    if relation is None or thing is None:
        return None, None
    said = (groups["rate"] or "").strip()
    found = part_of(draft, f"{said} of {label(thing.name)}", make=False)
    name = found[1] if found is not None and found[0] is thing else identifier(said)
    field = draft.add_field(thing, guess(name))
    if field.type not in {"decimal", "integer"} or not field.is_input:
        return None, None
    field.min = field.min or "0"
    return self_(f"{relation.name}.{name}"), name


def _write(draft: Draft, clause: Clause, told: _Told) -> None:
    entity, used = told.entity, told.used
    span = _span(draft, entity)
    if span is None:
        return
    length, when = span
    draft.told[_KEY] = told
    of_unit = cast("Literal['minute', 'hour', 'day', 'week']", used.unit)
    charged = Arith(op="sub", left=length, right=duration(used.free_s)) if used.free_s else length
    units: Expr = Units(of=charged, unit=of_unit, ceil=True)
    if used.free_s:
        units = Arith(op="max", left=integer(0), right=units)
    price: Expr = Arith(op="mul", left=units, right=told.rate)
    if used.cap:
        price = Arith(op="min", left=price, right=decimal(used.cap))
    entity.fields = [f for f in entity.fields if f.name != told.name]
    field = FieldSpec(name=told.name, type="decimal", required=False, computed=price, computed_on=when)
    if when != "read":
        field.default = "0.00"
        next(a for a in entity.actions if f"action:{a.name}" == when).sets[told.name] = price
    entity.fields.append(field)
    rate = used.rate or f"the {(used.rate_field or '').replace('_', ' ')}"
    said = f"{told.name.capitalize()} of a {label(entity.name)}: {rate} for each started {used.unit}"
    said += f", the first {used.free_s // 60} minutes free" if used.free_s else ""
    said += f", at most {Decimal(used.cap)}" if used.cap else ""
    scenarios = fee_of_use(entity.name, told.name, used, close=when.partition(":")[2] or None)
    draft.want(f"{entity.plural}_{told.name}", clause, f"{said}.", scenarios, kind="rule")
