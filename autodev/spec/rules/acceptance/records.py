"""Scenarios about records as such: accounts, create to delete, who sees what, what must be given, what is unique."""

from __future__ import annotations

from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.words import label
from autodev.spec.scenario import LogIn, Outcome, Scenario, Value, Values
from autodev.spec.schema import EntitySpec, FieldSpec


def accounts(draft: Draft, _: str) -> list[Scenario]:
    """Sign up, log in, a wrong password; somebody unknown is sent away."""
    sign_in = Kit(draft, "sign_in", "Sign up, then log in")
    sign_in.person("alice")
    sign_in.steps.append(LogIn(actor="alice"))
    wrong = Kit(draft, "wrong_password", "A wrong password is refused")
    wrong.person("alice")
    wrong.steps.append(LogIn(actor="alice", wrong_password=True, expect="unauthenticated"))
    found = [sign_in.done(), wrong.done()]
    entity = next(iter(draft.entities.values()), None)
    if entity is not None:
        unknown = Kit(draft, "sign_in_needed", f"Who is not signed in cannot add a {label(entity.name)}")
        unknown.refuse(entity, actor="anonymous", expect="unauthenticated")
        if entity.visibility != "public":
            ref = unknown.record(entity)
            unknown.read(entity, ref, actor="anonymous", expect="unauthenticated")
        found.append(unknown.done())
    return found


def told(field: FieldSpec, n: int) -> Value | str | int | bool | None:  # noqa: PLR0911 - one return for each type
    """A value that the field can hold and a reader can recognise; None where the sample will do."""
    words = field.name.replace("_", " ").capitalize()
    match field.type:
        case "string" | "text":
            return f"{words} {['one', 'two', 'three', 'four', 'five', 'six'][n % 6]}"[: field.max_length or 80]
        case "integer":
            low, high = _bound(field.min, 0), _bound(field.max, 10**6)
            return min(max(low, 3 + n), high)
        case "boolean":
            return n % 2 == 1
        case "enum":
            return field.choices[n % len(field.choices)] if field.choices else None
        case "date":
            return Value(today_plus_days=20 + n)
        case "email":
            return f"reader{n}@example.com"
        case "url":
            return f"https://example.com/page{n}"
        case "decimal":
            least, most = float(field.min or 0), float(field.max or 10**6)
            return f"{min(max(least, 12.5 + n), most):.2f}"
    return None


def _bound(said: str | None, default: int) -> int:
    return int(float(said)) if said is not None else default


def is_free(entity: EntitySpec, field: FieldSpec) -> bool:
    """Whether a scenario may give the field any value of its type without meeting another rule."""
    if not field.is_input or field.type == "datetime":
        return False
    return not any(rule.field == field.name or f"'{field.name}'" in repr(rule.require) for rule in entity.rules)


def given_values(entity: EntitySpec, n: int) -> Values:
    return {f.name: value for f in entity.fields if is_free(entity, f) and (value := told(f, n)) is not None}


def can_edit(entity: EntitySpec) -> bool:
    """Whether records are changed by plain updates (an event such as a loan is not)."""
    return any(is_free(entity, f) for f in entity.fields)


def no_deletion(entity: EntitySpec) -> bool:
    return any("delete" in rule.on for rule in entity.rules)


def life(entity_name: str) -> Scenarios:
    """Create, read, list, update, delete: the way of one record."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        noun = label(entity.name)
        kit = Kit(draft, "life", f"The life of a {noun}: it is created, read, listed, changed and deleted")
        values = given_values(entity, 0)
        ref = kit.record(entity, values)
        kit.read(entity, ref, values)
        kit.listed(entity, contains=(ref,))
        first = next((f for f in entity.fields if f.name == entity.title and is_free(entity, f)), None) or next(
            (f for f in entity.fields if is_free(entity, f)), None
        )
        if first is not None and (changed := told(first, 1)) is not None:
            kit.update(entity, ref, {first.name: changed})
            kit.read(entity, ref, {first.name: changed})
        if not no_deletion(entity):
            kit.delete(entity, ref)
            kit.read(entity, ref, actor=kit.writer(entity) if entity.owned else None, expect="not_found")
        found = [kit.done()]
        found += access(draft, entity)
        return found + missing(draft, entity)

    return build


def access(draft: Draft, entity: EntitySpec) -> list[Scenario]:
    """Where only administrators write, others are told that they may not."""
    if not draft.auth or entity.write != "admin":
        return []
    kit = Kit(draft, "only_admins_write", f"Only an administrator adds a {label(entity.name)}")
    kit.refuse(entity, actor="alice", expect="forbidden")
    return [kit.done()]


def missing(draft: Draft, entity: EntitySpec, only: tuple[str, ...] | None = None) -> list[Scenario]:
    """A record without a required value is refused, and the field is named."""
    found = []
    for field in entity.fields:
        needed = field.is_input and field.required and field.default is None
        if needed and (field.name in only if only is not None else field.name == entity.title):
            kit = Kit(
                draft,
                f"without_{field.name}"[:62],
                f"A {label(entity.name)} without {field.name.replace('_', ' ')} is refused",
            )
            kit.refuse(entity, omit=(field.name,), field=field.name)
            if field.type in {"string", "text"}:
                kit.refuse(entity, {field.name: ""}, field=field.name)
            found.append(kit.done())
    return found


def fields_kept(entity_name: str, names: tuple[str, ...]) -> Scenarios:
    """Every listed value is kept as it was given, and every required one must be given."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        wanted = {k: v for k, v in given_values(entity, 2).items() if k in names}
        kit = Kit(draft, "values_kept", f"A {label(entity.name)} keeps what it was given")
        seen: Values = dict(wanted)
        for name in names:
            field = entity.field(name)
            if (
                field is not None
                and field.is_input
                and field.type == "datetime"
                and field.name not in wanted
                and not entity.rules
            ):
                seen[name] = wanted[name] = Value(now_plus_s=90_000)
        ref = kit.record(entity, wanted)
        kit.read(entity, ref, seen)
        return [kit.done(), *missing(draft, entity, only=names)]

    return build


def ownership(entity_name: str) -> Scenarios:
    """What one person made, another can neither change nor, where it is private, see."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        noun = label(entity.name)
        kit = Kit(draft, "others", f"Another person's {noun} is out of reach")
        ref = kit.record(entity, actor="alice")
        private = entity.visibility == "owner"
        outcome: Outcome = "not_found" if private else "forbidden"
        if private:
            kit.read(entity, ref, actor="bob", expect="not_found")
            kit.listed(entity, lacks=(ref,), actor="bob")
        else:
            kit.read(entity, ref, actor="bob")
        first = next((f for f in entity.fields if is_free(entity, f)), None)
        if first is not None and (changed := told(first, 1)) is not None:
            kit.update(entity, ref, {first.name: changed}, actor="bob", expect=outcome)
        kit.delete(entity, ref, actor="bob", expect=outcome)
        kit.listed(entity, contains=(ref,), actor="alice")
        return [kit.done()]

    return build


def unique(entity_name: str, field_name: str) -> Scenarios:
    """The second record with the same value is refused; another value is not; nor is a record left as it is."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        field = entity.field(field_name)
        first, second = (told(field, 0), told(field, 1)) if field is not None else (None, None)
        kit = Kit(
            draft, "unique", f"Two {label(entity.name)} records cannot have the same {field_name.replace('_', ' ')}"
        )
        one = kit.record(entity, {field_name: first})
        kit.refuse(entity, {field_name: first}, field=field_name)
        other = kit.record(entity, {field_name: second})
        kit.update(entity, other, {field_name: first}, expect="refused", field=field_name)
        kit.update(entity, one, {field_name: first})
        return [kit.done()]

    return build


def unique_together(entity_name: str, names: tuple[str, ...]) -> Scenarios:
    """All values the same is refused; one of them different is not."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, "unique_together", f"No two {label(entity.name)} records agree in {' and '.join(names)}")
        first: Values = {}
        for name in names:
            relation, field = entity.relation(name), entity.field(name)
            if relation is not None:
                first[name] = Value(ref=kit.record(draft.entities[relation.target]))
            elif field is not None:
                first[name] = told(field, 0)
        kit.record(entity, first)
        kit.refuse(entity, first)
        field = next((f for name in reversed(names) if (f := entity.field(name)) is not None), None)
        if field is not None:
            kit.record(entity, {**first, field.name: told(field, 1)})
        if "owner" in names:
            kit.record(entity, first, actor="bob")
        return [kit.done()]

    return build
