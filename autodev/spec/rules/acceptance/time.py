"""Scenarios about time: due dates, fees for being late, deadlines. The product's clock is moved on, nobody waits."""

from __future__ import annotations

from decimal import Decimal

from autodev.spec.rules.acceptance.kit import DAY_S, HOUR_S, Kit
from autodev.spec.rules.acceptance.slots import horizon_s, lead_s, starting
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.quantities import UNIT_S, Duration
from autodev.spec.rules.words import label
from autodev.spec.scenario import Scenario, Value, Values
from autodev.spec.schema import EntitySpec

SLACK_S = 600


def due(entity_name: str, field: str, length: Duration) -> Scenarios:
    """The moment is shown, so long after the record was made."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(
            draft,
            "due",
            f"{field.replace('_', ' ').capitalize()} is {length.label} after the {label(entity.name)} is made",
        )
        ref = kit.record(entity, actor="alice")
        kit.read(entity, ref, {field: Value(now_plus_s=length.seconds)}, actor="alice")
        return [kit.done()]

    return build


def late_fee(
    entity_name: str,
    field: str,
    close: str,
    *,
    lasts_s: int,
    rate: str,
    unit: str,
    each_started: bool,
    cap: str | None = None,
) -> Scenarios:
    """Nothing when in time; so much for each unit late, started units counted only where the words say so."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        length = UNIT_S[unit]

        def case(name: str, title: str, after_s: int, units: int) -> Scenario:
            kit = Kit(draft, name, title)
            ref = kit.record(entity, actor="alice")
            kit.advance(after_s)
            kit.act(entity, ref, close, actor="alice")
            price = Decimal(rate) * units
            kit.read(entity, ref, {field: str(min(price, Decimal(cap)) if cap else price)}, actor="alice")
            return kit.done()

        half = length // 2
        most = int(Decimal(cap) / Decimal(rate)) + 3 if cap else 0
        capped = (
            [case("most", f"Never more than {cap} is charged", lasts_s + most * length + half, most)] if cap else []
        )
        return [
            *capped,
            case("in_time", "Nothing is due in time", lasts_s - min(SLACK_S, lasts_s // 2), 0),
            case(
                "late",
                f"Three {unit}s late cost {Decimal(rate) * 3}",
                lasts_s + 3 * length + (half if not each_started else -half),
                3,
            ),
            case(
                "one_late", f"One {unit} late costs {rate}", lasts_s + (length + half if not each_started else half), 1
            ),
        ]

    return build


def deadline(entity_name: str, action: str, field: str, before_s: int) -> Scenarios:
    """The action is done before the deadline and refused after it, on both sides and as the clock moves on."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        noun = label(entity.name)
        begins = max(before_s + 2 * HOUR_S, lead_s(entity) + HOUR_S)
        early = Kit(draft, f"{action}_in_time", f"{action.capitalize()} in time")
        ref = _starting(early, draft, entity, field, begins + DAY_S)
        early.act(entity, ref, action, actor="alice")
        moved = Kit(
            draft,
            f"{action}_as_time_goes",
            f"A {noun} that could still be changed can no longer be, once the time is over",
        )
        ref = _starting(moved, draft, entity, field, begins)
        moved.advance(begins - before_s + SLACK_S)
        moved.act(entity, ref, action, actor="alice", expect="refused")
        if any(rule.family == "deadline" and "delete" in rule.on for rule in entity.rules):
            moved.delete(entity, ref, actor="alice", expect="refused")
        edge = Kit(draft, f"{action}_just_in_time", "Shortly before the deadline it is still possible")
        ref = _starting(edge, draft, entity, field, begins)
        edge.advance(begins - before_s - SLACK_S)
        edge.act(entity, ref, action, actor="alice")
        found = [early.done(), moved.done(), edge.done()]
        if before_s > 2 * SLACK_S and before_s - SLACK_S > lead_s(entity):
            late = Kit(draft, f"{action}_too_late", f"{action.capitalize()} too late is refused")
            ref = _starting(late, draft, entity, field, before_s - SLACK_S)
            late.act(entity, ref, action, actor="alice", expect="refused")
            found.append(late.done())
        return found

    return build


def change_deadline(entity_name: str, field: str, before_s: int) -> Scenarios:
    """Before the deadline the record can be moved, after it not."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, "change_in_time", f"A {label(entity.name)} can be changed in time, and not later")
        begins = max(before_s + 2 * HOUR_S, lead_s(entity) + HOUR_S)
        ref = _starting(kit, draft, entity, field, begins + HOUR_S)
        kit.update(entity, ref, starting(draft, entity, field, begins), actor="alice")
        kit.advance(begins - before_s + SLACK_S)
        kit.update(entity, ref, starting(draft, entity, field, before_s + DAY_S), actor="alice", expect="refused")
        return [kit.done()]

    return build


def _starting(kit: Kit, draft: Draft, entity: EntitySpec, field: str, start_s: int) -> str:
    """A record that starts so many seconds from now; the start may be that of the thing it is about ("event.starts_at")."""
    relation_name, _, inner = field.partition(".")
    relation = entity.relation(relation_name) if inner else None
    if relation is None:
        return kit.record(entity, starting(draft, entity, field, start_s), actor="alice")
    thing = kit.record(draft.entities[relation.target], {inner: Value(now_plus_s=start_s)}, actor="alice")
    return kit.record(entity, {relation.name: Value(ref=thing)}, actor="alice")


def lead_time(entity_name: str, field: str, ahead_s: int) -> Scenarios:
    """A moment nearer than `ahead_s` (0: in the past) is refused, one further is not."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        is_date = getattr(entity.field(field), "type", "") == "date"

        def at(start_s: int) -> Values:
            return starting(draft, entity, field, start_s)

        kit = Kit(draft, "lead_time", f"{field.replace('_', ' ').capitalize()} too early is refused")
        kit.refuse(entity, at(ahead_s - (2 * DAY_S if is_date or not ahead_s else SLACK_S)), field=field)
        kit.record(entity, at(ahead_s + 2 * DAY_S))
        return [kit.done()]

    return build


def slot_length(entity_name: str, length: Duration, *, longest: bool) -> Scenarios:
    """A slot of just that length is accepted, one that is longer (or shorter) is refused."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        first, second = draft.notes[entity.name].interval or ("starts_at", "ends_at")
        start = horizon_s(entity)

        def slot(later_s: int, seconds: int) -> Values:
            return {first: Value(now_plus_s=start + later_s), second: Value(now_plus_s=start + later_s + seconds)}

        kit = Kit(
            draft,
            "longest" if longest else "shortest",
            f"The length of a {label(entity.name)} has a bound: {length.label}",
        )
        over = length.seconds + SLACK_S if longest else length.seconds - min(SLACK_S, length.seconds // 2)
        kit.refuse(entity, slot(0, over))
        kit.record(entity, slot(DAY_S, length.seconds - 30 if longest else length.seconds + 30))
        return [kit.done()]

    return build
