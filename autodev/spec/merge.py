"""Merging two Specs of one idea: a model's and the rules'. Nothing that the user said is lost."""

from __future__ import annotations

from typing import Protocol, TypeVar

from autodev.spec.schema import EntitySpec, FieldSpec, Requirement, Spec


class Named(Protocol):
    name: str


T = TypeVar("T", bound=Named)
Item = TypeVar("Item")


def merge(base: Spec, other: Spec) -> Spec:
    """`base` with everything of `other` that it lacks.

    Where both say something of the same part, `base` holds, but: a value that `base` leaves open is taken from `other`;
    a bound, a uniqueness or a rule of `other` stays; a requirement of `other` stays, with its scenarios, unless `base`
    understood the same sentence by the same id. A requirement of `other` that was not understood is dropped only where
    `base` understood one of the same sentence.
    """
    merged = base.model_copy(deep=True)
    extra = other.model_copy(deep=True)
    merged.idea = merged.idea or extra.idea
    for attribute in ("language", "framework", "database", "domain"):
        if getattr(merged, attribute) is None:
            setattr(merged, attribute, getattr(extra, attribute))
    if merged.project_type == "unknown":
        merged.project_type = extra.project_type
    merged.summary = merged.summary or extra.summary
    merged.entities = _entities(merged.entities, extra.entities)
    merged.actors = _by_name(merged.actors, extra.actors)
    merged.screens = _by_name(merged.screens, extra.screens)
    merged.commands = _by_name(merged.commands, extra.commands)
    merged.features = _added(merged.features, extra.features)
    known = {(e.method, e.path) for e in merged.endpoints}
    merged.endpoints += [e for e in extra.endpoints if (e.method, e.path) not in known]
    merged.requirements = _requirements(merged.requirements, extra.requirements)
    merged.non_goals = _added(merged.non_goals, extra.non_goals)
    merged.assumptions = _added(merged.assumptions, extra.assumptions)
    merged.risks = _added(merged.risks, extra.risks)
    merged.constraints = {**extra.constraints, **merged.constraints}
    merged.preferences = {**extra.preferences, **merged.preferences}
    order = ("simple", "medium", "complex")
    merged.complexity = max(merged.complexity, extra.complexity, key=order.index)
    return Spec.model_validate(merged.model_dump())


def _entities(base: list[EntitySpec], other: list[EntitySpec]) -> list[EntitySpec]:
    found = {entity.name: entity for entity in base}
    for entity in other:
        if entity.name in found:
            _fill_entity(found[entity.name], entity)
        else:
            found[entity.name] = entity
    return list(found.values())


def _fill_entity(entity: EntitySpec, other: EntitySpec) -> None:
    own = {field.name: field for field in entity.fields}
    related = {relation.name for relation in entity.relations}
    for field in other.fields:
        if field.name in own:
            _fill_field(own[field.name], field)
        elif field.name not in related:
            entity.fields.append(field)
    names = {*own, *related}
    entity.relations += [relation for relation in other.relations if relation.name not in names]
    ids = {rule.id for rule in entity.rules}
    entity.rules += [rule for rule in other.rules if rule.id not in ids]
    actions = {action.name: action for action in entity.actions}
    for action in other.actions:
        if action.name not in actions:
            entity.actions.append(action)
            continue
        mine = actions[action.name]
        mine.sets = {**action.sets, **mine.sets}
        required = {rule.id for rule in mine.requires}
        mine.requires += [rule for rule in action.requires if rule.id not in required]
    entity.owned = entity.owned or other.owned
    entity.label, entity.description = entity.label or other.label, entity.description or other.description


def _fill_field(field: FieldSpec, other: FieldSpec) -> None:
    field.unique = field.unique or other.unique
    field.min = field.min if field.min is not None else other.min
    field.max = field.max if field.max is not None else other.max
    field.max_length = field.max_length if field.max_length is not None else other.max_length
    field.choices = field.choices or other.choices
    field.help = field.help or other.help
    if field.computed is None and other.computed is not None:
        field.computed, field.computed_on = other.computed, other.computed_on


def _by_name(base: list[T], other: list[T]) -> list[T]:
    names = {part.name for part in base}
    return [*base, *(part for part in other if part.name not in names)]


def _added(base: list[Item], other: list[Item]) -> list[Item]:
    return [*base, *(part for part in other if part not in base)]


def _requirements(base: list[Requirement], other: list[Requirement]) -> list[Requirement]:
    understood = {_plain(r.sentence) for r in base if r.understood}
    found = {r.id: r for r in base}
    for requirement in other:
        if not requirement.understood and _plain(requirement.sentence) in understood:
            continue
        mine = found.get(requirement.id)
        if mine is None:
            found[requirement.id] = requirement
        elif _plain(mine.sentence) != _plain(requirement.sentence) or (not mine.understood and requirement.understood):
            name = _free(f"{requirement.id[:58]}_r", found)
            found[name] = requirement.model_copy(update={"id": name})
            if not mine.understood and _plain(mine.sentence) == _plain(requirement.sentence):
                del found[mine.id]
        elif mine.understood:
            ids = {scenario.id for scenario in mine.scenarios}
            mine.scenarios += [scenario for scenario in requirement.scenarios if scenario.id not in ids]
    return list(found.values())


def _plain(sentence: str) -> str:
    return " ".join(sentence.lower().split()).strip(" .")


def _free(name: str, taken: dict[str, Requirement]) -> str:
    number = 1
    while f"{name}{number}" in taken:
        number += 1
    return f"{name}{number}"
