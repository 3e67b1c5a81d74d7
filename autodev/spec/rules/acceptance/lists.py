"""Scenarios about lists: search, filters, pages, order."""

from __future__ import annotations

from decimal import Decimal

from autodev.spec.rules.acceptance.choices import only_choices
from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.acceptance.records import told
from autodev.spec.rules.acceptance.states import allowed_pairs
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.words import plural_label
from autodev.spec.samples import field_bounds
from autodev.spec.scenario import Scenario, Value
from autodev.spec.schema import EntitySpec, FieldSpec


def search(entity_name: str, field: str) -> Scenarios:
    """What the words are found in is listed, the rest is not."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, "search", f"Search {plural_label(entity.name)} by {field.replace('_', ' ')}")
        hit = kit.record(entity, {field: "Amber lantern"})
        other = kit.record(entity, {field: "Quiet river"})
        kit.listed(entity, query={"q": "lantern"}, contains=(hit,), lacks=(other,), count=1)
        kit.listed(entity, query={"q": "LANTERN"}, contains=(hit,), lacks=(other,))
        kit.listed(entity, query={"q": "nothing like this"}, lacks=(hit, other), count=0)
        return [kit.done()]

    return build


def filtered(entity_name: str, name: str) -> Scenarios:
    """Only records with the wanted value are listed."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, f"filter_{name}"[:62], f"Filter {plural_label(entity.name)} by {name.replace('_', ' ')}")
        relation, field = entity.relation(name), entity.field(name)
        wanted: Value | str | int | float | bool | None
        other: Value | str | int | float | bool | None
        if relation is not None:
            target = draft.entities[relation.target]
            wanted, other = Value(ref=kit.record(target)), Value(ref=kit.record(target))
        elif field is not None:
            wanted, other = (told(field, 1), told(field, 0))
        else:
            return []
        steps = allowed_pairs(draft, entity_name, name)
        if steps:
            # The value is a state: a record is led to it, as nobody makes one in it.
            hit, miss = kit.record(entity), kit.record(entity)
            wanted = steps[0][1]
            kit.to_state(entity, hit, name, [wanted])
        else:
            hit, miss = kit.record(entity, {name: wanted}), kit.record(entity, {name: other})
        asked = wanted.model_dump(exclude_none=True) if isinstance(wanted, Value) else wanted
        kit.listed(entity, query={name: asked}, contains=(hit,), lacks=(miss,), count=1)
        return [kit.done()]

    return build


def each_state(entity_name: str, name: str) -> Scenarios:
    """Lists are narrowed to a state; each state is accepted and nothing else."""
    narrowed, chosen = filtered(entity_name, name), only_choices(entity_name, name)

    def build(draft: Draft, wanted_id: str) -> list[Scenario]:
        return [*narrowed(draft, wanted_id), *chosen(draft, wanted_id)]

    return build


def pages(entity_name: str) -> Scenarios:
    """A page holds no more than asked, the next goes on where it ended."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, "pages", f"{plural_label(entity.name).capitalize()} come in pages")
        for _unused in range(3):
            kit.record(entity)
        kit.listed(entity, query={"limit": 2, "page": 1}, count=2)
        kit.listed(entity, query={"limit": 2, "page": 2}, count=1)
        return [kit.done()]

    return build


def sorted_list(entity_name: str, field: str) -> Scenarios:
    """With one record on a page, the order decides which it is, both ways."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        spec = entity.field(field)
        low, high = _ends(entity, spec) if spec is not None else ("Alpha", "Zulu")
        kit = Kit(draft, "sort", f"Sort {plural_label(entity.name)} by {field.replace('_', ' ')}")
        last = kit.record(entity, {field: high})
        first = kit.record(entity, {field: low})
        kit.listed(entity, query={"sort": field, "limit": 1, "page": 1}, contains=(first,), lacks=(last,))
        kit.listed(entity, query={"sort": f"-{field}", "limit": 1, "page": 1}, contains=(last,), lacks=(first,))
        return [kit.done()]

    return build


def _ends(entity: EntitySpec, field: FieldSpec) -> tuple[Value | str | int, Value | str | int]:
    """Two values of the field, the smaller one first, inside its range."""
    match field.type:
        case "integer" | "decimal":
            least, most = Decimal(2), Decimal(5)
            bounds = field_bounds(field, entity)
            least = bounds.nearest(least)
            most = bounds.nearest(max(most, least + 1))
            least = least if least < most else bounds.nearest(most - 1)
            # As text "10.00" comes before "2.50": a product that sorts decimals as text is found out.
            if field.type == "decimal" and bounds.high is None and bounds.nearest(Decimal("2.50")) == Decimal("2.50"):
                return "2.50", "10.00"
            return (int(least), int(most)) if field.type == "integer" else (f"{least:.2f}", f"{most:.2f}")
        case "date":
            return Value(today_plus_days=2), Value(today_plus_days=9)
        case "datetime":
            return Value(now_plus_s=90_000), Value(now_plus_s=900_000)
    return "Alpha", "Zulu"
