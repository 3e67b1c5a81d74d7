"""An entity as the templates of the service see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from autodev.blueprints.fastapi_service import columns
from autodev.blueprints.fastapi_service.computed import ComputedView, collections_used, computed_view
from autodev.blueprints.fastapi_service.rules import (
    ActionView,
    RuleView,
    action_view,
    assignment,
    rule_view,
)
from autodev.blueprints.python.entities import NamedEntity
from autodev.blueprints.python.fields import FieldView
from autodev.blueprints.python.names import attribute
from autodev.blueprints.python.paths import resolve
from autodev.blueprints.python.rules import Assignment
from autodev.blueprints.text import one_line
from autodev.spec.expr import Ref, walk
from autodev.spec.schema import EntitySpec, RelationSpec, Spec

SORTABLE = {"string", "integer", "decimal", "date", "datetime", "enum", "boolean", "email"}
SEARCHABLE = {"string", "text", "email", "url"}


@dataclass(frozen=True)
class RelationView:
    """A relation of an entity. `column` is a to-one relation's key, `key` its name in JSON."""

    spec: RelationSpec
    target: EntityView | None

    @property
    def attr(self) -> str:
        return attribute(self.spec.name)

    @property
    def words(self) -> str:
        return self.spec.name.replace("_", " ")

    @property
    def many(self) -> bool:
        return self.spec.kind == "many_to_many"

    @property
    def key(self) -> str:
        return f"{self.spec.name}_ids" if self.many else f"{self.spec.name}_id"

    @property
    def table(self) -> str:
        return "users" if self.target is None else self.target.plural

    @property
    def target_name(self) -> str:
        return "User" if self.target is None else self.target.name

    @property
    def annotation(self) -> str:
        if self.many:
            return "list[int]"
        return "int" if self.spec.required else "int | None"

    @property
    def on_delete(self) -> str:
        return columns.ON_DELETE[self.spec.on_delete]


@dataclass(frozen=True)
class EntityView(NamedEntity):
    """An entity with its columns, its rules and who may do what."""

    @property
    def owned(self) -> bool:
        return self.auth and self.spec.owned

    @property
    def visibility(self) -> str:
        """`owner`, `member` or `public`."""
        if not self.auth:
            return "public"
        return "member" if self.spec.visibility == "owner" and not self.spec.owned else self.spec.visibility

    @property
    def write(self) -> str:
        """`owner`, `member`, `admin`, or `public` where there are no users."""
        if not self.auth:
            return "public"
        return "member" if self.spec.write == "owner" and not self.spec.owned else self.spec.write

    @cached_property
    def fields(self) -> list[FieldView]:
        return [FieldView(self.spec, f) for f in self.spec.fields]

    @cached_property
    def stored(self) -> list[FieldView]:
        return [f for f in self.fields if f.stored]

    @cached_property
    def inputs(self) -> list[FieldView]:
        return [f for f in self.fields if f.spec.is_input]

    @cached_property
    def enums(self) -> list[FieldView]:
        return [f for f in self.fields if f.type == "enum"]

    @cached_property
    def unique(self) -> list[FieldView]:
        return [f for f in self.inputs if f.spec.unique]

    @cached_property
    def relations(self) -> list[RelationView]:
        return [self._relation(r) for r in self.spec.relations]

    def _relation(self, relation: RelationSpec) -> RelationView:
        if relation.target == "User":
            return RelationView(relation, None)
        return RelationView(relation, EntityView(self.app, self.app.entity(relation.target), self.auth))

    @cached_property
    def to_one(self) -> list[RelationView]:
        return [r for r in self.relations if not r.many]

    @cached_property
    def to_many(self) -> list[RelationView]:
        return [r for r in self.relations if r.many]

    @cached_property
    def crossed(self) -> list[RelationView]:
        """The to-one relations that an expression of any entity crosses, and so need their object beside the key."""
        names: set[str] = set()
        for entity in self.app.entities:
            for node in _references(entity):
                start = entity if node[0] is None else node[0]
                for holder, step in _steps(self.app, start, node[1]):
                    if holder == self.name:
                        names.add(step)
        return [r for r in self.to_one if r.spec.name in names]

    @cached_property
    def collections(self) -> list[tuple[str, EntityView, RelationView]]:
        """(attribute, other entity, its relation to this one) of the ways back that computed values need."""
        found = []
        for other, relation in collections_used(self.app, self.spec):
            view = EntityView(self.app, other, self.auth)
            found.append((attribute(relation.inverse or view.plural), view, view._relation(relation)))
        return found

    @cached_property
    def back_references(self) -> dict[str, str]:
        """Relation → the attribute on the other side that leads back here."""
        found: dict[str, str] = {}
        for relation in self.to_one:
            if relation.target is not None:
                for attr, other, back in relation.target.collections:
                    if other.name == self.name and back.spec.name == relation.spec.name:
                        found[relation.spec.name] = attr
        return found

    @cached_property
    def linked(self) -> list[RelationView]:
        """The to-one relations that have their object beside the key."""
        crossed = {r.spec.name for r in self.crossed} | set(self.back_references)
        return [r for r in self.to_one if r.spec.name in crossed]

    @property
    def neighbours(self) -> list[EntityView]:
        """The other entities that the model's relationships name."""
        ahead = [r.target for r in self.linked + self.to_many if r.target is not None]
        found = {e.name: e for e in [*ahead, *(other for _, other, _ in self.collections)] if e.name != self.name}
        return list(found.values())

    @cached_property
    def computed(self) -> list[ComputedView]:
        """The values that are derived whenever a record is read."""
        return [computed_view(self.app, self.spec, f) for f in self.fields if not f.stored]

    @cached_property
    def set_on_create(self) -> list[Assignment]:
        return [
            assignment(self.app, self.spec, f.name, f.spec.computed)
            for f in self.fields
            if f.spec.computed is not None and f.spec.computed_on == "create"
        ]

    @cached_property
    def rules(self) -> list[RuleView]:
        return [rule_view(self.app, self.spec, rule) for rule in self.spec.rules]

    def rules_on(self, event: str) -> list[RuleView]:
        found = [rule for rule in self.rules if event in rule.spec.on]
        return [rule for rule in found if not rule.olds] if event == "create" else found

    @cached_property
    def actions(self) -> list[ActionView]:
        return [action_view(self.app, self.spec, action) for action in self.spec.actions]

    @cached_property
    def checks(self) -> list[RuleView]:
        """Every rule that is a function of the service, each once."""
        return list({r.function: r for r in [*self.rules, *(r for a in self.actions for r in a.requires)]}.values())

    @property
    def search(self) -> list[FieldView]:
        if not self.app.has("search", self.name):
            return []
        return [f for f in self._named("search", SEARCHABLE) if f.stored]

    @property
    def filters(self) -> list[FieldView]:
        if not self.app.has("filter", self.name):
            return []
        return [f for f in self._named("filter", SORTABLE) if f.stored]

    @property
    def sortable(self) -> list[FieldView]:
        return [f for f in self.fields if f.stored and f.type in SORTABLE and f.attr == f.name]

    @property
    def export(self) -> bool:
        return self.app.has("export", self.name)

    def _named(self, feature: str, types: set[str]) -> list[FieldView]:
        named = {n for f in self.app.features if f.name == feature and f.entity in (None, self.name) for n in f.fields}
        return [f for f in self.fields if f.type in types and (not named or f.name in named)] or [
            f for f in self.fields if f.type in types
        ]

    @property
    def exported(self) -> list[str]:
        """The attributes of a record in the order of its JSON."""
        keys = ["id", *(["owner_id"] if self.owned else []), *(f.attr for f in self.fields)]
        return keys + [r.key for r in self.to_one]

    @property
    def description(self) -> str:
        return one_line(self.spec.description)


def _references(entity: EntitySpec) -> list[tuple[EntitySpec | None, str]]:
    """(entity that the path starts from, or None for the entity itself; path) of every reference in its expressions."""
    exprs = [f.computed for f in entity.fields if f.computed is not None]
    exprs += [r.require for r in entity.rules]
    for action in entity.actions:
        exprs += [*action.sets.values(), *(r.require for r in action.requires)]
    return [(None, n.path) for e in exprs for n in walk(e) if isinstance(n, Ref) and n.of == "self" and "." in n.path]


def _steps(spec: Spec, entity: EntitySpec, path: str) -> list[tuple[str, str]]:
    """(entity, relation) of each crossing on the path."""
    found: list[tuple[str, str]] = []
    for step in resolve(spec, entity, path).relations:
        found.append((entity.name, step.name))
        relation = entity.relation(step.name)
        entity = spec.entity(relation.target) if relation is not None else entity
    return found
