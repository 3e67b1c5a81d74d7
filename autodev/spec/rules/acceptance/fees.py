"""Scenarios about prices by time: part of a unit, several units, the free time and the most that is charged."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.acceptance.slots import allowed_length_s, horizon_s, moment
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.quantities import UNIT_S
from autodev.spec.rules.words import label
from autodev.spec.scenario import Scenario, Value, Values

SHOWN_RATE = Decimal("4.50")


@dataclass
class UsedFor:
    """`rate` for each started `unit`, or the thing's `rate_field`; `free_s` seconds are not charged; `cap` is the most."""

    unit: str
    rate: str | None
    rate_field: str | None
    free_s: int = 0
    cap: str | None = None

    def price(self, seconds: int) -> Decimal:
        """What so long a use costs."""
        units = max(0, -(-(seconds - self.free_s) // UNIT_S[self.unit]))
        price = units * (Decimal(self.rate) if self.rate else SHOWN_RATE)
        return min(price, Decimal(self.cap)) if self.cap else price


def fee_of_use(entity_name: str, field: str, used: UsedFor, *, close: str | None) -> Scenarios:
    """Each case is a use of known length; without `close` the record has a start and an end."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        unit = UNIT_S[used.unit]
        lengths = {"part_of_a_unit": used.free_s + unit // 2, "several_units": used.free_s + 2 * unit + unit // 2}
        interval = draft.notes[entity.name].interval
        if interval is not None and getattr(entity.field(interval[0]), "type", "") == "date":
            lengths = {"one_unit": unit, "several_units": 3 * unit}
        if used.free_s:
            lengths["free_of_charge"] = used.free_s // 2
        if used.cap:
            rate = Decimal(used.rate) if used.rate else SHOWN_RATE
            lengths["most"] = used.free_s + int(Decimal(used.cap) / rate + 3) * unit
        shortest, longest = allowed_length_s(entity)
        found = []
        for name, seconds in lengths.items():
            if close is None and not shortest <= seconds <= (longest or seconds):
                continue
            price = used.price(seconds).quantize(Decimal("0.01"))
            kit = Kit(draft, name, f"A {label(entity.name)} of {seconds // 60} minutes costs {price}")
            given: Values = {}
            subject = draft.notes[entity.name].subject
            relation = entity.relation(subject) if subject else None
            if used.rate_field and relation is not None:
                thing = draft.entities[relation.target]
                given[relation.name] = Value(ref=kit.record(thing, {used.rate_field: str(SHOWN_RATE)}))
            if close is None and interval is not None:
                start = horizon_s(entity)
                given |= {
                    interval[0]: moment(entity, interval[0], start),
                    interval[1]: moment(entity, interval[1], start + seconds),
                }
            ref = kit.record(entity, given, actor="alice")
            if close is not None:
                # Wall-clock time passes too: the length lies well inside a unit.
                kit.advance(seconds)
                kit.act(entity, ref, close, actor="alice")
            kit.read(entity, ref, {field: str(price)}, actor="alice")
            found.append(kit.done())
        return found

    return build
