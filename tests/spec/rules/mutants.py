"""What a careless product would leave out of a Spec, one thing at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from autodev.spec.expr import Lit
from autodev.spec.schema import Spec

Mutant = tuple[str, Callable[[Spec], object]]


def mutants(spec: Spec) -> Iterator[Mutant]:
    """What a careless product would leave out."""
    for entity in spec.entities:
        for rule in entity.rules:
            yield f"{entity.name} without the rule {rule.id}", _without_rule(entity.name, rule.id)
        for action in entity.actions:
            for rule in action.requires:
                yield (
                    f"{entity.name}.{action.name} without {rule.id}",
                    _without_requirement(entity.name, action.name, rule.id),
                )
            yield f"{entity.name}.{action.name} does nothing", _idle(entity.name, action.name)
        for field in entity.fields:
            if field.unique:
                yield f"{entity.name}.{field.name} not unique", _field(entity.name, field.name, unique=False)
            if field.computed is not None and field.type == "decimal":
                yield f"{entity.name}.{field.name} always 7", _always_seven(entity.name, field.name)
        title = entity.field(entity.title)
        if title is not None and title.required and title.is_input and title.default is None:
            yield f"{entity.name}.{title.name} not needed", _field(entity.name, title.name, required=False)
        if entity.owned:
            yield (
                f"{entity.name} open to everybody",
                _entity(entity.name, owned=False, write="member", visibility="member"),
            )
        if entity.write == "admin":
            yield f"{entity.name} written by members", _entity(entity.name, write="member")


def _without_rule(entity: str, rule_id: str) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        spec.entity(entity).rules = [rule for rule in spec.entity(entity).rules if rule.id != rule_id]

    return change


def _without_requirement(entity: str, action: str, rule_id: str) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        found = next(a for a in spec.entity(entity).actions if a.name == action)
        found.requires = [rule for rule in found.requires if rule.id != rule_id]

    return change


def _idle(entity: str, action: str) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        next(a for a in spec.entity(entity).actions if a.name == action).sets = {}

    return change


def _field(entity: str, name: str, **values: object) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        for key, value in values.items():
            setattr(spec.entity(entity).field(name), key, value)

    return change


def _entity(name: str, **values: object) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        for key, value in values.items():
            setattr(spec.entity(name), key, value)

    return change


def _always_seven(entity: str, name: str) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        seven = Lit(value="7.00", type="decimal")
        field = spec.entity(entity).field(name)
        assert field is not None
        field.computed = seven
        for action in spec.entity(entity).actions:
            if name in action.sets:
                action.sets[name] = seven

    return change
