"""An entity as the templates of the site see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from autodev.blueprints.django_web.fields import TEXTUAL, DjangoField
from autodev.blueprints.django_web.relations import RelationView, way_back
from autodev.blueprints.django_web.rules import (
    ActionView,
    ComputedView,
    RuleView,
    action_view,
    assignment,
    computed_view,
    rule_view,
)
from autodev.blueprints.python.entities import NamedEntity
from autodev.blueprints.python.links import link
from autodev.blueprints.python.names import dashes
from autodev.blueprints.python.paths import resolve
from autodev.blueprints.python.rules import Assignment, Old, refs
from autodev.spec.expr import Aggregate, Expr, Ref, children, walk
from autodev.spec.schema import EntitySpec, Spec

SORTABLE = {"string", "integer", "decimal", "date", "datetime", "enum", "boolean", "email"}
MOST_COLUMNS = 6


@dataclass(frozen=True)
class EntityView(NamedEntity):
    """`public_names`: the Spec's name of each field or relation that Django needed another for."""

    public_names: dict[tuple[str, str], str]

    @property
    def url(self) -> str:
        """What names of routes begin with."""
        return dashes(self.module)

    @property
    def owned(self) -> bool:
        return self.auth and self.spec.owned and self.spec.relation("owner") is None

    @property
    def visibility(self) -> str:
        """`owner`, `member` or `public`."""
        if not self.auth:
            return "public"
        return "member" if self.spec.visibility == "owner" and not self.owned else self.spec.visibility

    @property
    def write(self) -> str:
        """`owner`, `member`, `admin`, or `public` where there are no accounts."""
        return self.who(self.spec.write)

    def who(self, who: str) -> str:
        """The same of an action: whose it is matters only where records belong to somebody."""
        if not self.auth:
            return "public"
        return "member" if who == "owner" and not self.owned else who

    @cached_property
    def fields(self) -> list[DjangoField]:
        asked = _asked_for(self.app)
        return [
            DjangoField(
                self.spec, f, (self.name, f.name) in asked, self.public_names.get((self.name, f.name), "")
            )
            for f in self.spec.fields
        ]  # fmt: skip

    @cached_property
    def stored(self) -> list[DjangoField]:
        return [f for f in self.fields if f.stored]

    @cached_property
    def inputs(self) -> list[DjangoField]:
        return [f for f in self.fields if f.spec.is_input]

    @cached_property
    def enums(self) -> list[DjangoField]:
        return [f for f in self.fields if f.type == "enum"]

    @cached_property
    def unique(self) -> list[DjangoField]:
        return [f for f in self.inputs if f.spec.unique]

    @cached_property
    def relations(self) -> list[RelationView]:
        names = way_back(self.app)
        return [
            RelationView(
                r,
                None if r.target == "User" else self._other(self.app.entity(r.target)),
                names[(self.name, r.name)],
                self.public_names.get((self.name, r.name), ""),
            )
            for r in self.spec.relations
        ]

    def _other(self, entity: EntitySpec) -> EntityView:
        return EntityView(self.app, entity, self.auth, self.public_names)

    @cached_property
    def to_one(self) -> list[RelationView]:
        return [r for r in self.relations if not r.many]

    @cached_property
    def to_many(self) -> list[RelationView]:
        return [r for r in self.relations if r.many]

    @cached_property
    def form_fields(self) -> list[DjangoField | RelationView]:
        """What its form asks for: relations ahead of values."""
        return [*self.to_one, *self.inputs, *self.to_many]

    @cached_property
    def title(self) -> str:
        """The code of `__str__`."""
        field = next((f for f in self.fields if f.name == self.spec.title), None)
        if field is not None:
            plain = field.type in TEXTUAL | {"enum"} and not field.null
            return f"self.{field.attr}" if plain else f"str(self.{field.attr})"
        relation = next((r for r in self.to_one if r.spec.name == self.spec.title), None)
        return f"str(self.{relation.attr})" if relation else f'f"{self.words} {{self.pk}}"'

    def title_path(self, seen: tuple[str, ...] = ()) -> list[str]:
        """The relations that the title crosses: `["room"]` of a booking that is named after its room."""
        relation = next((r for r in self.to_one if r.spec.name == self.spec.title), None)
        if relation is None or self.name in seen:
            return []
        further = relation.target.title_path((*seen, self.name)) if relation.target else []
        return [relation.attr, *further]

    @property
    def selected(self) -> list[str]:
        """The relations that a list needs beside its records, for one query."""
        paths = ["__".join([r.attr, *(r.target.title_path((self.name,)) if r.target else [])]) for r in self.to_one]
        crossed = [
            "__".join(step.name for step in resolve(self.app, self.spec, ref.path).relations)
            for field in self._read
            for ref in refs([field.spec.computed] if field.spec.computed else [], "self")
            if "." in ref.path
        ]
        return list(dict.fromkeys([*(["owner"] if self.owned else []), *paths, *crossed]))

    @property
    def prefetched(self) -> list[str]:
        """The records that computed values look through, and those to many."""
        found = [r.attr for r in self.to_many]
        for field in self._read:
            for node in walk(field.spec.computed) if field.spec.computed else []:
                if isinstance(node, Aggregate):
                    found += self._visited(node)
        return list(dict.fromkeys(found))

    def _visited(self, node: Aggregate) -> list[str]:
        target = self.app.entity(node.entity)
        linked = link(node, self.spec, target)
        if linked is None:
            return []
        start = way_back(self.app)[(target.name, linked[0].name)]
        inside: list[Expr] = [e for e in (node.where, node.value) if e is not None]
        steps = [
            "__".join([start, *(s.name for s in resolve(self.app, target, ref.path).relations)])
            for ref in refs(inside, "item")
        ]
        return [s for s in dict.fromkeys(steps) if s != start] or [start]

    @property
    def _read(self) -> list[DjangoField]:
        return [f for f in self.fields if not f.stored]

    @cached_property
    def computed(self) -> list[ComputedView]:
        return [computed_view(self.app, self.spec, f, way_back(self.app)) for f in self._read]

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
        """The rules of `create`, `update` or `delete`. One that looks at the record before is none of creation's."""
        found = [rule for rule in self.rules if event in rule.spec.on]
        return [rule for rule in found if not rule.olds] if event == "create" else found

    @property
    def update_olds(self) -> list[Old]:
        """The values to remember before an update, each once."""
        return list({old.attr: old for rule in self.rules_on("update") for old in rule.olds}.values())

    def asks_user(self, event: str) -> bool:
        """Whether the service needs to know who does it."""
        if event == "create":
            created = [f.spec.computed for f in self.fields if f.spec.computed and f.spec.computed_on == "create"]
            if refs(created, "actor"):
                return True
        return any(rule.asks_user for rule in self.rules_on(event))

    @cached_property
    def actions(self) -> list[ActionView]:
        return [action_view(self.app, self.spec, action) for action in self.spec.actions]

    @cached_property
    def checks(self) -> list[RuleView]:
        """Every rule that is a function, each once."""
        found = [*self.rules, *(r for a in self.actions for r in a.requires)]
        called = {r.function for e in ("create", "update", "delete") for r in self.rules_on(e)}
        called |= {r.function for a in self.actions for r in (*a.requires, *a.after)}
        return list({r.function: r for r in found if r.function in called}.values())

    @property
    def search(self) -> list[DjangoField]:
        return [f for f in self._named("search", TEXTUAL) if f.stored]

    @property
    def filters(self) -> list[DjangoField]:
        """The fields that a list can be narrowed by: those asked for, else choices and yes-or-no."""
        if self.app.has("filter", self.name):
            return [f for f in self._named("filter", SORTABLE) if f.stored]
        return [f for f in self.stored if f.type in ("enum", "boolean")]

    @property
    def sortable(self) -> list[DjangoField]:
        return [f for f in self.fields if f.stored and f.type in SORTABLE]

    @property
    def export(self) -> bool:
        return self.app.has("export", self.name)

    def _named(self, feature: str, types: set[str]) -> list[DjangoField]:
        named = {n for f in self.app.features if f.name == feature and f.entity in (None, self.name) for n in f.fields}
        return [f for f in self.fields if f.type in types and (not named or f.public in named)] or [
            f for f in self.fields if f.type in types
        ]

    @property
    def renamed(self) -> dict[str, str]:
        """Attribute → the Spec's name, of what Django needed another name for."""
        parts: list[DjangoField | RelationView] = [*self.fields, *self.relations]
        return {part.attr: part.public for part in parts if part.attr != part.public}

    @property
    def derived(self) -> list[DjangoField]:
        """The values that are never taken from input."""
        return [f for f in self.fields if not f.spec.is_input]

    @property
    def exported(self) -> list[DjangoField | RelationView]:
        return [*self.to_one, *self.fields]

    @property
    def table_columns(self) -> list[DjangoField | RelationView]:
        """The columns of a list: what a record is named after, then the others."""
        parts: list[DjangoField | RelationView] = [*self.to_one, *self.fields]
        return [*(p for p in parts if p.spec.name == self.spec.title), *self.columns]

    @property
    def columns(self) -> list[DjangoField | RelationView]:
        """What a list shows of each record beside its name."""
        parts: list[DjangoField | RelationView] = [*self.to_one, *(f for f in self.fields if f.type != "text")]
        return [p for p in parts if p.spec.name != self.spec.title][:MOST_COLUMNS]

    @cached_property
    def pointing(self) -> list[tuple[EntityView, RelationView]]:
        """(other entity, its to-one relation) of the records that belong to one of these."""
        found: list[tuple[EntityView, RelationView]] = []
        for other in self.app.entities:
            view = self._other(other)
            found += [(view, r) for r in view.to_one if r.target_name == self.name]
        return found

    @property
    def private_choices(self) -> list[RelationView]:
        """The relations to records that not everybody sees: a form offers only those that the person may see."""
        return [r for r in self.relations if r.target is not None and r.target.visibility == "owner"]

    @property
    def private_filters(self) -> list[RelationView]:
        """The same of the form that narrows a list. On a public list, people are private too."""
        people = [r for r in self.to_one if r.target is None and self.visibility == "public"]
        return [*(r for r in self.private_choices if not r.many), *people]


def _asked_for(spec: Spec) -> set[tuple[str, str]]:
    """(entity, field) of every value that an expression looks at."""
    found: set[tuple[str, str]] = set()
    for entity in spec.entities:
        exprs = [f.computed for f in entity.fields if f.computed is not None]
        exprs += [r.require for r in entity.rules]
        for action in entity.actions:
            exprs += [*action.sets.values(), *(r.require for r in action.requires)]
        for expr in exprs:
            for start, ref in _references(spec, entity, expr, None):
                path = resolve(spec, start, ref.path)
                if path.field is not None:
                    found.add((path.entity.name, path.field.name))
    return found


def _references(spec: Spec, entity: EntitySpec, expr: Expr, item: EntitySpec | None) -> list[tuple[EntitySpec, Ref]]:
    """Each reference below the expression with the entity that its path starts from."""
    if isinstance(expr, Ref):
        if expr.of == "actor":
            return []
        return [(item if expr.of == "item" and item is not None else entity, expr)]
    inner = spec.entity(expr.entity) if isinstance(expr, Aggregate) else item
    return [found for child in children(expr) for found in _references(spec, entity, child, inner)]
