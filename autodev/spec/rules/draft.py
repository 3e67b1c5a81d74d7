"""The Spec while it is being made: what the families add to, and what they look up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from autodev.spec.commands import Command
from autodev.spec.expr import Aggregate, Compare, Expr, IsNull, Lit, Logic, Not, Ref
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import entity_name, label, plural, plural_slug, singular, split_words, words_of
from autodev.spec.scenario import Scenario
from autodev.spec.schema import ActionSpec, Actor, EntitySpec, Feature, FieldSpec, ProjectType, RelationSpec, RuleSpec

Scenarios = Callable[["Draft", str], list[Scenario]]


@dataclass
class Notes:
    """What the families know of an entity beside its Spec. `subject`: the relation to the thing that an event is about
    (a loan's book); `ended_by`: fields that are set when the record no longer counts; `interval`: its two moments;
    `person`: the relation to a person who is a record; `listed`: the user listed its fields."""

    aliases: set[str] = field(default_factory=set)
    subject: str | None = None
    opened: str | None = None
    ended_by: list[str] = field(default_factory=list)
    interval: tuple[str, str] | None = None
    person: str | None = None
    listed: bool = False
    access_said: bool = False
    from_domain: bool = False
    transitions: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    origin: Clause | None = None


@dataclass
class Want:
    """A requirement in the making. `scenarios` is called once everything is known."""

    id: str
    clause: Clause
    text: str
    kind: Literal["feature", "rule", "quality", "constraint"] = "feature"
    scenarios: Scenarios | None = None
    note: str = ""


@dataclass
class Draft:
    idea: str
    clauses: list[Clause] = field(default_factory=list)
    implied: list[Clause] = field(default_factory=list)
    project_type: ProjectType | None = None
    language: str | None = None
    framework: str | None = None
    database: str | None = None
    domain: str | None = None
    domain_title: str | None = None
    entities: dict[str, EntitySpec] = field(default_factory=dict)
    notes: dict[str, Notes] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    features: list[Feature] = field(default_factory=list)
    wants: list[Want] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    non_goals: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    auth: bool | None = None
    late: list[Callable[[], None]] = field(default_factory=list)
    auth_clause: Clause | None = None
    told: dict[str, object] = field(default_factory=dict)

    @property
    def reading(self) -> list[Clause]:
        """The user's clauses, then those a domain implies."""
        return [*self.clauses, *self.implied]

    def add_entity(self, name: str, **access: Any) -> EntitySpec:
        """The entity of that name, made where there is none yet."""
        if name not in self.entities:
            self.entities[name] = EntitySpec(
                name=name, plural=plural_slug(name), label=label(name).capitalize(), fields=[], title="name", **access
            )
            self.notes[name] = Notes(aliases={label(name)})
        return self.entities[name]

    def find(self, phrase: str) -> EntitySpec | None:
        """The entity a noun phrase names, by its name or an alias, whatever the number; None where none does."""
        words = [w for w in split_words(phrase) if w not in _DETERMINERS]
        for start in range(len(words)):
            tail = words[start:]
            tail = [*tail[:-1], singular(tail[-1])]
            wanted = " ".join(tail)
            for name, notes in self.notes.items():
                if wanted == label(name) or wanted in notes.aliases:
                    return self.entities[name]
        if words:
            head = singular(words[-1])
            ends = [e for e in self.entities.values() if words_of(e.name)[-1] == head]
            if len(ends) == 1:
                return ends[0]
        return None

    def named(self, phrase: str) -> str:
        """The entity name a phrase would give, its determiners left off."""
        return entity_name(" ".join(w for w in split_words(phrase) if w not in _DETERMINERS))

    def nouns(self) -> list[str]:
        """Every word form by which an entity may be meant, longest first."""
        forms = {
            form for notes in self.notes.values() for alias in notes.aliases for form in (alias, _plural_phrase(alias))
        }
        return sorted(forms, key=lambda form: (-len(form), form))

    def events_of(self, target: str) -> list[EntitySpec]:
        """Entities whose subject is `target`: the loans of a book."""
        found = []
        for name, notes in self.notes.items():
            entity = self.entities[name]
            relation = entity.relation(notes.subject) if notes.subject else None
            if relation is not None and relation.target == target:
                found.append(entity)
        return found

    def while_active(self, entity: EntitySpec, require: Expr) -> Expr:
        """What must hold of a record as long as it counts; one that has ended is not bound by it."""
        ended = [Not(of=IsNull(of=Ref(path=name))) for name in self.notes[entity.name].ended_by]
        return Logic(op="or", items=(*ended, require)) if ended else require

    def settle(self, rule: RuleSpec, build: Callable[[], Expr]) -> RuleSpec:
        """The rule with its expression; built again at the end, when all that ends a record is known."""

        def again() -> None:
            rule.require = build()

        again()
        self.late.append(again)
        return rule

    def owner_path(self, entity: EntitySpec) -> str | None:
        """The path to whom a record belongs: `owner` for the account that made it, else a relation to a person."""
        return "owner" if entity.owned else self.notes[entity.name].person

    def is_person(self, word: str) -> bool:
        return singular(word) in self.actors

    def active(self, entity: EntitySpec) -> list[Expr]:
        """What holds of an `item` of the entity that still counts: not returned, not cancelled."""
        return [IsNull(of=Ref(path=name, of="item")) for name in self.notes[entity.name].ended_by]

    def want(
        self,
        wanted_id: str,
        clause: Clause,
        text: str,
        scenarios: Scenarios,
        *,
        kind: Literal["feature", "rule", "quality", "constraint"] = "feature",
    ) -> str:
        """Adds a requirement and gives its id. What is implied gives way to the user's own words; a second clause that says
        the same is a requirement of its own, with the same scenarios."""
        existing = next((want for want in self.wants if want.id == wanted_id), None)
        if existing is None:
            self.wants.append(Want(wanted_id, clause, text, kind, scenarios))
        elif existing.clause.implied and not clause.implied:
            existing.clause, existing.text, existing.scenarios = clause, text, scenarios
        elif existing.clause.sentence != clause.sentence and not clause.implied:
            again = f"{wanted_id}_in_{clause.index + 1}"
            if not self.wanted(again):
                self.wants.append(Want(again, clause, text, kind, scenarios))
        return wanted_id

    def unmet(self, clause: Clause, text: str, note: str) -> None:
        """A requirement that was not turned into anything."""
        number = 1 + sum(want.id.startswith("unmet") for want in self.wants)
        self.wants.append(Want(f"unmet_{number}", clause, text, note=note))

    def wanted(self, wanted_id: str) -> bool:
        return any(want.id == wanted_id for want in self.wants)

    def add_feature(self, name: Any, entity: str | None = None, fields: list[str] | None = None) -> None:
        feature = Feature(name=name, entity=entity, fields=fields or [])
        if feature not in self.features:
            self.features.append(feature)

    def assume(self, text: str) -> None:
        if text not in self.assumptions:
            self.assumptions.append(text)

    def add_field(self, entity: EntitySpec, spec: FieldSpec) -> FieldSpec:
        """The entity's field of that name, added where there is none."""
        existing = entity.field(spec.name)
        if existing is not None:
            return existing
        entity.fields.append(spec)
        return spec

    def add_relation(self, entity: EntitySpec, relation: RelationSpec) -> RelationSpec:
        existing = entity.relation(relation.name)
        if existing is not None:
            return existing
        entity.fields = [f for f in entity.fields if f.name != relation.name]
        entity.relations.append(relation)
        return relation

    def add_rule(self, entity: EntitySpec, rule: RuleSpec) -> bool:
        """Whether the rule is new; one of the same id stays."""
        if any(existing.id == rule.id for existing in entity.rules):
            return False
        entity.rules.append(rule)
        return True

    def add_action(self, entity: EntitySpec, action: ActionSpec) -> ActionSpec:
        existing = next((a for a in entity.actions if a.name == action.name), None)
        if existing is not None:
            return existing
        entity.actions.append(action)
        return action


_DETERMINERS = frozenset(
    [
        "a",
        "an",
        "the",
        "each",
        "every",
        "all",
        "any",
        "no",
        "some",
        "his",
        "her",
        "their",
        "its",
        "own",
        "our",
        "my",
        "your",
        "of",
        "single",
        "one",
        "same",
        "new",
        "given",
        "certain",
        "this",
        "that",
        "such",
        "both",
        "many",
        "several",
        "multiple",
    ]
)


def _plural_phrase(phrase: str) -> str:
    head, _, last = phrase.rpartition(" ")
    return f"{head} {plural(last)}".strip()


# Short forms for building expressions


def self_(path: str) -> Ref:
    return Ref(path=path)


def item(path: str) -> Ref:
    return Ref(path=path, of="item")


def integer(value: int) -> Lit:
    return Lit(value=value, type="integer")


def decimal(value: str) -> Lit:
    return Lit(value=value, type="decimal")


def duration(seconds: int) -> Lit:
    return Lit(value=seconds, type="duration")


ALWAYS = Lit(value=True, type="boolean")


def text(value: str) -> Lit:
    return Lit(value=value, type="string")


def both(*items: Expr) -> Expr:
    """The conjunction of one or more expressions, flat."""
    return items[0] if len(items) == 1 else Logic(op="and", items=tuple(items))


def same(path: str) -> Compare:
    """An aggregate's item and the record have the same value there."""
    return Compare(op="eq", left=item(path), right=self_(path))


def count_others(entity: str, *where: Expr) -> Aggregate:
    """How many other records of the entity satisfy all of `where`."""
    return Aggregate(op="count", entity=entity, where=both(*where), exclude_self=True)
