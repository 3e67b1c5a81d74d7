"""Scenarios about states: actions, allowed transitions, records that may no longer be changed."""

from __future__ import annotations

from typing import Literal

from autodev.spec.rules.acceptance.kit import Kit, setter
from autodev.spec.rules.acceptance.records import is_free, told
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.words import label
from autodev.spec.scenario import Scenario, Values


def action(entity_name: str, name: str, see: Values, *, again: bool) -> Scenarios:
    """The action does what its name says; where it cannot be done twice, the second time is refused."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, name, f"{name.replace('_', ' ').capitalize()} a {label(entity.name)}")
        ref = kit.record(entity)
        kit.act(entity, ref, name)
        kit.read(entity, ref, see)
        if not again:
            kit.act(entity, ref, name, expect="refused")
        found = [kit.done()]
        if any(
            rule.family == "locked" and rule.on == ["delete"] and rule.id.startswith("open_") for rule in entity.rules
        ):
            open_ = Kit(draft, "not_deleted", f"An open {label(entity.name)} cannot be deleted instead")
            ref = open_.record(entity)
            open_.delete(entity, ref, expect="refused")
            open_.read(entity, ref)
            found.append(open_.done())
        return found

    return build


def reached(entity_name: str, field: str, state: str) -> Scenarios:
    """The state is reached from the first one, its last step by the action that writes it."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        spec = entity.field(field)
        kit = Kit(draft, f"to_{state}"[:62], f"A {label(entity.name)} becomes {state.replace('_', ' ')}")
        ref = kit.record(entity)
        path = _path(allowed_pairs(draft, entity_name, field), str(spec.default), state) if spec is not None else None
        kit.to_state(entity, ref, field, path or [state])
        kit.read(entity, ref, {field: state})
        return [kit.done()]

    return build


def admins_act(entity_name: str, name: str) -> Scenarios:
    """Somebody else who may see the record is told that the action is not theirs."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        by = next(a for a in entity.actions if a.name == name)
        kit = Kit(
            draft, f"{name}_by_admins", f"Only an administrator may {name.replace('_', ' ')} a {label(entity.name)}"
        )
        ref = kit.record(entity, actor="alice")
        kit.act(entity, ref, name, actor="alice", expect="forbidden")
        field, state = next(((key, getattr(value, "value", None)) for key, value in by.sets.items()), ("", None))
        spec = entity.field(field)
        if spec is not None and spec.is_input and isinstance(state, str):
            path = _path(allowed_pairs(draft, entity_name, field), str(spec.default), state) or [state]
            kit.to_state(entity, ref, field, path[:-1], actor="alice")
            kit.update(entity, ref, {field: state}, actor="alice", expect="refused", field=field)
        return [kit.done()]

    return build


def transitions(entity_name: str, field: str, allowed: tuple[tuple[str, str], ...], initial: str) -> Scenarios:
    """Every allowed step can be made; a step that is not allowed is refused, back or over one."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        states = list(dict.fromkeys(s for pair in allowed for s in pair))
        way = _longest(allowed, initial)
        kit = Kit(draft, "way", f"A {label(entity.name)} goes {' → '.join([initial, *way])}")
        ref = kit.record(entity)
        kit.read(entity, ref, {field: initial})
        for state in way:
            kit.to_state(entity, ref, field, [state])
            kit.read(entity, ref, {field: state})
        found = [kit.done()]
        spec = entity.field(field)
        if spec is not None and spec.is_input:
            first = Kit(
                draft,
                "first",
                f"Nobody makes a {label(entity.name)} that is {way[-1].replace('_', ' ')} from the start",
            )
            first.refuse(entity, {field: way[-1]}, field=field)
            found.append(first.done())
        for origin in states:
            path = _path(allowed, initial, origin)
            wrong = next((s for s in states if s != origin and (origin, s) not in allowed), None)
            if path is None or wrong is None:
                continue
            bad = Kit(
                draft,
                f"not_{origin}_to_{wrong}"[:62],
                f"From {origin.replace('_', ' ')} to {wrong.replace('_', ' ')} is refused",
            )
            ref = bad.record(entity)
            bad.to_state(entity, ref, field, path)
            by = setter(entity, field, wrong)
            if by is not None:
                bad.act(entity, ref, by, expect="refused")
            else:
                bad.update(entity, ref, {field: wrong}, expect="refused", field=field)
            bad.read(entity, ref, {field: origin})
            found.append(bad.done())
        return found

    return build


def locked(entity_name: str, field: str, state: str | Literal[True], operations: tuple[str, ...]) -> Scenarios:
    """In the state, the change is refused; before it, it is not."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        first = next(
            (
                f
                for f in entity.fields
                if (f.name != field and f.is_input and is_free(entity, f))
                or (f.name == entity.title and f.type in {"string", "text"})
            ),
            None,
        )
        said = str(state).replace("_", " ") if isinstance(state, str) else field.replace("_", " ")
        kit = Kit(draft, "locked", f"A {said} {label(entity.name)} cannot be changed ({', '.join(operations)})")
        values: Values = {}
        if first is not None and (old := told(first, 0)) is not None:
            values = {first.name: old}
        ref = kit.record(entity, values)
        changed = told(first, 1) if first is not None else None
        if first is not None and "update" in operations:
            kit.update(entity, ref, {first.name: changed})
        _reach(kit, draft, entity_name, ref, field, state)
        if first is not None and "update" in operations:
            kit.update(entity, ref, {first.name: told(first, 2)}, expect="refused")
            kit.read(entity, ref, {first.name: changed})
        if "delete" in operations:
            kit.delete(entity, ref, expect="refused")
            kit.read(entity, ref)
        return [kit.done()]

    return build


def _reach(kit: Kit, draft: Draft, entity_name: str, ref: str, field: str, state: str | Literal[True]) -> None:
    entity = draft.entities[entity_name]
    by = setter(entity, field, state)
    spec = entity.field(field)
    if by is None and spec is not None and not spec.is_input:
        # A moment that an action sets: the record is in the state once it is there.
        by = next((a.name for a in entity.actions if field in a.sets), None)
    if by is not None:
        kit.act(entity, ref, by)
        return
    pairs = allowed_pairs(draft, entity_name, field)
    initial = str(spec.default) if spec is not None else ""
    path = _path(pairs, initial, str(state)) if pairs else None
    if path:
        kit.to_state(entity, ref, field, path)
    else:
        kit.update(entity, ref, {field: state})


def allowed_pairs(draft: Draft, entity_name: str, field: str) -> tuple[tuple[str, str], ...]:
    """The steps that the entity's transition rule allows, as it was noted."""
    return draft.notes[entity_name].transitions.get(field, ())


def _path(allowed: tuple[tuple[str, str], ...], start: str, goal: str) -> list[str] | None:
    """The shortest way from one state to another, without the first; None where there is none."""
    ways: list[list[str]] = [[start]]
    seen = {start}
    for way in ways:
        if way[-1] == goal:
            return way[1:]
        for origin, target in allowed:
            if origin == way[-1] and target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return None


def _longest(allowed: tuple[tuple[str, str], ...], start: str) -> list[str]:
    way, here = [], start
    while (step := next((t for o, t in allowed if o == here and t not in way and t != start), None)) is not None:
        way.append(step)
        here = step
    return way
