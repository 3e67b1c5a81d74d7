"""What is true of records that a person makes about a thing: they end by an action, take a slot of time, a copy or a seat,
and may be allowed once for each person."""

from __future__ import annotations

from autodev.spec.expr import Aggregate, Compare, Expr, IsNull, Not, Now
from autodev.spec.rules.acceptance.events import free_copies, once, ordered
from autodev.spec.rules.draft import ALWAYS, Draft, both, count_others, integer, same, self_
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import article, identifier, label, moment_label, plural_label
from autodev.spec.schema import ActionSpec, EntitySpec, FieldSpec, RuleSpec

STOCK_FIELDS = (
    "copies",
    "stock",
    "quantity",
    "units",
    "pieces",
    "number_of_copies",
    "copies_available",
    "available_copies",
)
SEAT_FIELDS = (
    "seats",
    "capacity",
    "places",
    "spots",
    "max_participants",
    "max_attendees",
    "tickets",
    "number_of_seats",
)


def add_closing(draft: Draft, entity: EntitySpec, name: str, field: str) -> ActionSpec:
    """An action that sets a moment once and by that ends the record."""
    draft.add_field(
        entity, FieldSpec(name=field, type="datetime", required=False, computed=Now(), computed_on=f"action:{name}")
    )
    notes = draft.notes[entity.name]
    if field not in notes.ended_by:
        notes.ended_by.append(field)
    done = field.removesuffix("_at").replace("_", " ")
    return draft.add_action(
        entity,
        ActionSpec(
            name=name,
            label=f"{name.replace('_', ' ').capitalize()} {label(entity.name)}",
            sets={field: Now()},
            requires=[
                RuleSpec(
                    id=f"not_{done.replace(' ', '_')}_yet",
                    family="transition",
                    on=[f"action:{name}"],
                    require=IsNull(of=self_(field)),
                    message=f"This {label(entity.name)} is {done} already.",
                )
            ],
            who="owner" if entity.owned else "member",
        ),
    )


def add_interval(
    draft: Draft, clause: Clause, entity: EntitySpec, names: tuple[str, str] = ("starts_at", "ends_at")
) -> None:
    """The two moments of a slot; the second is after the first."""
    notes = draft.notes[entity.name]
    if notes.interval is not None:
        return
    by_type = [f.name for f in entity.fields if f.type in {"date", "datetime"} and f.is_input]
    if len(by_type) == 2:
        names = (by_type[0], by_type[1])
    for name in names:
        draft.add_field(entity, FieldSpec(name=name, type="datetime"))
    notes.interval = names
    rule = RuleSpec(
        id=f"{identifier(label(entity.name))}_{names[1]}_after_{names[0]}"[:62], family="order", on=["create", "update"],
        require=Compare(op="gt", left=self_(names[1]), right=self_(names[0])),
        message=f"The {moment_label(names[1])} must be after the {moment_label(names[0])}.", field=names[1],
    )  # fmt: skip
    rule.requirement = draft.want(
        f"{entity.plural}_slot",
        clause,
        f"{article(label(entity.name)).capitalize()} has a start and an end after it.",
        ordered(entity.name, *names),
        kind="rule",
    )
    draft.add_rule(entity, rule)


def add_stock(
    draft: Draft, clause: Clause, entity: EntitySpec, thing: EntitySpec, names: tuple[str, ...], *, needed: bool
) -> bool:
    """No more open records of a thing than it has copies or seats; without such a field, one (where `needed`)."""
    rule_id = f"{identifier(label(entity.name))}_needs_a_free_{identifier(label(thing.name))}"[:62]
    if any(rule.id == rule_id for rule in entity.rules):
        return True
    stock = next((f.name for name in names if (f := thing.field(name)) is not None), None)
    if stock is None and not needed:
        return False
    subject = next(r.name for r in entity.relations if r.target == thing.name)

    def free() -> Expr:
        taken = count_others(entity.name, same(subject), *draft.active(entity))
        there = self_(f"{subject}.{stock}") if stock else integer(1)
        return draft.while_active(entity, Compare(op="lt", left=taken, right=there))

    message = (
        f"No free {label(thing.name)} is left."
        if stock is None
        else f"No {stock} of this {label(thing.name)} are free."
    )
    rule = RuleSpec(id=rule_id, family="stock", on=["create", "update"], require=ALWAYS, message=message, field=subject)
    draft.settle(rule, free)
    said = f"no more at once than it has {stock}" if stock else "one at a time"
    rule.requirement = draft.want(
        f"{entity.plural}_stock", clause, f"{plural_label(entity.name).capitalize()} of {article(label(thing.name))}: {said}.",
        free_copies(entity.name, stock), kind="rule",
    )  # fmt: skip
    return draft.add_rule(entity, rule)


def add_once(draft: Draft, clause: Clause, entity: EntitySpec, per: str | None) -> None:
    """One record a person (and thing)."""
    owner = draft.owner_path(entity)
    if owner is None:
        return
    scope = f" a {per.replace('_', ' ')}" if per else ""

    def alone() -> Expr:
        parts = [same(owner), *([same(per)] if per else []), *draft.active(entity)]
        return draft.while_active(
            entity, Not(of=Aggregate(op="exists", entity=entity.name, where=both(*parts), exclude_self=True))
        )

    message = f"There is a {label(entity.name)} of yours already."
    rule = RuleSpec(
        id=f"one_{identifier(label(entity.name))}_each"[:62],
        family="once_per_user",
        on=["create", "update"],
        require=ALWAYS,
        message=message,
        field=per,
    )
    draft.settle(rule, alone)
    draft.add_rule(entity, rule)
    rule.requirement = draft.want(
        f"{entity.plural}_once",
        clause,
        f"One {label(entity.name)}{scope} for each person.",
        once(entity.name, per),
        kind="rule",
    )
