"""Where a Spec uses a field: what cannot do without it, and which scenarios are about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autodev.spec.expr import Aggregate, Expr, Ref, children
from autodev.spec.scenario import Create, ListRecords, Read, Scenario, ScenarioStep, Update
from autodev.spec.schema import EntitySpec, Spec

WithEntity = Create | Read | Update | ListRecords


def about(named: str | None, entity: str) -> bool:
    return named == entity


def uses_of(spec: Spec, entity: str, name: str) -> list[str]:
    """What needs the field to be there, each in words."""
    found: list[str] = []
    for one in spec.entities:
        mine = one.name == entity
        if mine and one.title == name:
            found.append(f"the title of {entity}")
        found.extend(
            f"the computed field {one.name}.{field.name}"
            for field in one.fields
            if field.computed is not None
            and not (mine and field.name == name)
            and _names(spec, one, field.computed, (entity, name))
        )
        found.extend(
            f"the action “{action.label}” of {one.name}"
            for action in one.actions
            if (mine and name in action.sets)
            or any(_names(spec, one, value, (entity, name)) for value in action.sets.values())
        )
        rules = [*one.rules, *(rule for action in one.actions for rule in action.requires)]
        found += [
            f"the rule “{rule.message}”"
            for rule in rules
            if (mine and rule.field == name) or _names(spec, one, rule.require, (entity, name))
        ]
    return found


def _names(spec: Spec, entity: EntitySpec, expr: Expr, sought: tuple[str, str], item: EntitySpec | None = None) -> bool:
    if isinstance(expr, Ref) and expr.of != "actor":
        start = item if expr.of == "item" else entity
        return start is not None and sought in list(crossed(spec, start, expr.path))
    if isinstance(expr, Aggregate):
        item = next((e for e in spec.entities if e.name == expr.entity), None)
    return any(_names(spec, entity, child, sought, item) for child in children(expr))


def crossed(spec: Spec, entity: EntitySpec, path: str) -> Iterator[tuple[str, str]]:
    """(entity, name) of each step of a path."""
    for name in path.split("."):
        yield entity.name, name
        relation = entity.relation(name)
        following = next((e for e in spec.entities if relation is not None and e.name == relation.target), None)
        if following is None:
            return
        entity = following


def scenarios_without(scenarios: Sequence[Scenario], entity: str, name: str) -> list[Scenario]:
    """The scenarios that are not about the field, no longer mentioning it."""
    return [
        scenario.model_copy(update={"steps": tuple(_without(step, entity, name) for step in scenario.steps)})
        for scenario in scenarios
        if not any(_is_about(step, entity, name) for step in scenario.steps)
    ]


def _is_about(step: ScenarioStep, entity: str, name: str) -> bool:
    """A refusal that names the field, a value that must be shown, a list that is narrowed or ordered by it."""
    if not isinstance(step, WithEntity) or step.entity != entity:
        return False
    match step:
        case Create() | Update():
            changed = list(step.values) if isinstance(step, Update) else []
            return step.field == name or changed == [name]
        case Read():
            return list(step.see) == [name]
        case ListRecords():
            return name in step.query or str(step.query.get("sort", "")).lstrip("-") == name


def _without(step: ScenarioStep, entity: str, name: str) -> ScenarioStep:
    if not isinstance(step, Create | Update | Read) or step.entity != entity:
        return step
    if isinstance(step, Read):
        return step.model_copy(update={"see": {k: v for k, v in step.see.items() if k != name}})
    values = {key: value for key, value in step.values.items() if key != name}
    if isinstance(step, Create):
        omit = tuple(one for one in step.omit if one != name)
        return step.model_copy(update={"values": values, "omit": omit})
    return step.model_copy(update={"values": values})
