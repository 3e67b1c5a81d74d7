"""Spec: what is wanted, not how. The rule path and the model path both end here; blueprints render from it, the gate
measures against it, a person may edit it. Versioned by `SCHEMA_VERSION`; every document carries it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from autodev.spec.checks import Check
from autodev.spec.commands import Command
from autodev.spec.expr import Expr
from autodev.spec.scenario import Scenario

SCHEMA_VERSION: Literal[1] = 1

FieldType = Literal["string", "text", "integer", "decimal", "boolean", "date", "datetime", "email", "url", "enum"]
ProjectType = Literal["rest_api", "web_app", "cli", "library", "static_page", "realtime", "unknown"]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
EntityName = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]{0,62}$")]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FieldSpec(Part):
    """One stored or computed value of an entity. `computed` with `computed_on="read"` is derived whenever it is shown,
    with `create` it is set once, with `action:<name>` when that action runs. A computed field is never taken from
    input."""

    name: Identifier
    type: FieldType
    required: bool = True
    unique: bool = False
    default: str | int | bool | None = None
    choices: list[str] = []
    min: str | None = None
    max: str | None = None
    max_length: int | None = None
    computed: Expr | None = None
    computed_on: str = "read"
    help: str = ""

    @property
    def is_input(self) -> bool:
        return self.computed is None


class RelationSpec(Part):
    """`kind` is seen from the entity that carries it: `many_to_one` is a foreign key. `inverse` names the way back."""

    name: Identifier
    target: EntityName
    kind: Literal["many_to_one", "one_to_one", "many_to_many"] = "many_to_one"
    inverse: Identifier | None = None
    required: bool = True
    on_delete: Literal["cascade", "protect", "set_null"] = "cascade"


class RuleSpec(Part):
    """`require` must hold after the operations in `on`: `create`, `update`, `delete`, `action:<name>`. Checked in the
    transaction of the change; where it does not hold, the change is refused with `message` (and `field` named)."""

    id: Identifier
    family: Literal[
        "unique_together", "range", "limit_per_owner", "stock", "no_overlap", "duration", "deadline", "transition",
        "locked", "once_per_user", "order", "custom",
    ]  # fmt: skip
    on: list[str]
    require: Expr
    message: str
    field: str | None = None
    requirement: str = ""


class ActionSpec(Part):
    """A named change beside create, update and delete: "return a loan", "cancel a booking". `requires` are rules on the
    record before, `sets` the fields it writes. `who`: `owner`, `member` (anyone signed in) or `admin`."""

    name: Identifier
    label: str
    sets: dict[str, Expr]
    requires: list[RuleSpec] = []
    who: Literal["owner", "member", "admin"] = "owner"


class EntitySpec(Part):
    """`owned`: each record belongs to the signed-in user who made it. `visibility`: who may read it (`owner`, `member`,
    `public`); `write`: who may change it. `title` names the field or relation that stands for a record in lists."""

    name: EntityName
    plural: str
    label: str = ""
    description: str = ""
    fields: list[FieldSpec]
    relations: list[RelationSpec] = []
    rules: list[RuleSpec] = []
    actions: list[ActionSpec] = []
    owned: bool = False
    visibility: Literal["owner", "member", "public"] = "member"
    write: Literal["owner", "member", "admin"] = "member"
    title: Identifier

    @property
    def slug(self) -> str:
        """The plural in snake case, as it stands in a path or a table name."""
        return self.plural

    def field(self, name: str) -> FieldSpec | None:
        return next((f for f in self.fields if f.name == name), None)

    def relation(self, name: str) -> RelationSpec | None:
        return next((r for r in self.relations if r.name == name), None)


class Actor(Part):
    """A kind of person who uses the product. `entity` where the person is also a record (a library's member)."""

    name: str
    entity: EntityName | None = None
    admin: bool = False


class Feature(Part):
    name: Literal["auth", "search", "filter", "pagination", "export", "roles", "admin"]
    entity: EntityName | None = None
    fields: list[str] = []


class Screen(Part):
    name: Identifier
    title: str
    kind: Literal["list", "detail", "form", "sign_in", "sign_up", "home"]
    entity: EntityName | None = None


class Endpoint(Part):
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    summary: str
    entity: EntityName | None = None


class Requirement(Part):
    """One thing that was asked for. `sentence` is the user's own words. `understood` is false where the analyser could
    not turn the words into anything: such a requirement stays without evidence and makes the build degraded.
    `scenarios` are stack-independent and compiled by the plan into `checks`; `checks` may also be given directly."""

    id: Identifier
    sentence: str
    text: str
    understood: bool = True
    kind: Literal["feature", "rule", "quality", "constraint"] = "feature"
    scenarios: list[Scenario] = []
    checks: list[Check] = []
    note: str = ""


class Risk(Part):
    text: str
    severity: Literal["low", "medium", "high"]


class Spec(Part):
    schema_version: Literal[1] = SCHEMA_VERSION
    name: Identifier
    title: str
    idea: str
    project_type: ProjectType
    language: str | None = None
    framework: str | None = None
    database: str | None = None
    domain: str | None = None
    summary: str = ""
    entities: list[EntitySpec] = []
    actors: list[Actor] = []
    features: list[Feature] = []
    screens: list[Screen] = []
    endpoints: list[Endpoint] = []
    commands: list[Command] = []
    requirements: list[Requirement] = []
    non_goals: list[str] = []
    assumptions: list[str] = []
    risks: list[Risk] = []
    complexity: Literal["simple", "medium", "complex"] = "simple"
    constraints: dict[str, Any] = {}
    preferences: dict[str, Any] = {}

    def entity(self, name: str) -> EntitySpec:
        """The entity of that name. Raises KeyError."""
        for entity in self.entities:
            if entity.name == name:
                return entity
        raise KeyError(name)

    def has(self, feature: str, entity: str | None = None) -> bool:
        return any(f.name == feature and (entity is None or f.entity in (None, entity)) for f in self.features)

    @model_validator(mode="after")
    def _names_resolve(self) -> Spec:
        names = [e.name for e in self.entities]
        if len(names) != len(set(names)):
            raise ValueError("entity names must be unique")
        for entity in self.entities:
            for relation in entity.relations:
                if relation.target not in names and relation.target != "User":
                    raise ValueError(f"{entity.name}.{relation.name}: no entity {relation.target}")
        ids = [r.id for r in self.requirements]
        if len(ids) != len(set(ids)):
            raise ValueError("requirement ids must be unique")
        return self
