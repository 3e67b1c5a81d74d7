"""A relation as Django's models and forms write it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autodev.blueprints.python.names import attribute, identifier, snake
from autodev.blueprints.text import py_str
from autodev.spec.schema import RelationSpec, Spec

if TYPE_CHECKING:
    from autodev.blueprints.django_web.entities import EntityView

_ON_DELETE = {"cascade": "models.CASCADE", "protect": "models.PROTECT", "set_null": "models.SET_NULL"}
_KINDS = {"many_to_one": "ForeignKey", "one_to_one": "OneToOneField", "many_to_many": "ManyToManyField"}


@dataclass(frozen=True)
class RelationView:
    """A relation of an entity; `target` is None for a user. `back` is the attribute that leads back from there."""

    spec: RelationSpec
    target: EntityView | None
    back: str
    shown_as: str = ""

    @property
    def attr(self) -> str:
        return attribute(self.spec.name)

    @property
    def public(self) -> str:
        return self.shown_as or self.spec.name

    @property
    def words(self) -> str:
        return self.public.replace("_", " ")

    @property
    def many(self) -> bool:
        return self.spec.kind == "many_to_many"

    @property
    def required(self) -> bool:
        return self.spec.required and not self.many

    @property
    def key(self) -> str:
        return f"{self.spec.name}_id"

    @property
    def target_name(self) -> str:
        return "User" if self.target is None else self.target.name

    @property
    def model(self) -> str:
        """`models.ForeignKey({to}, on_delete=models.CASCADE, related_name="bookings")`."""
        args = ["{to}"]
        if not self.many:
            on_delete = _ON_DELETE[
                self.spec.on_delete if not self.required or self.spec.on_delete != "set_null" else "cascade"
            ]
            args.append(f"on_delete={on_delete}")
        args.append(f"related_name={py_str(self.back)}")
        if self.many:
            args.append("blank=True")
        elif not self.required:
            args.append("null=True, blank=True")
        if self.shown_as:
            args.append(f"verbose_name={py_str(self.words)}")
        return f"models.{_KINDS[self.spec.kind]}({', '.join(args)})"

    @property
    def defined(self) -> str:
        to = "settings.AUTH_USER_MODEL" if self.target is None else py_str(f"core.{self.target.name}")
        return self.model.replace("{to}", to)

    @property
    def migrated(self) -> str:
        to = "settings.AUTH_USER_MODEL" if self.target is None else py_str(f"core.{self.target.name.lower()}")
        return (
            self.model.replace("{to}", to)
            .replace("models.CASCADE", "django.db.models.deletion.CASCADE")
            .replace("models.PROTECT", "django.db.models.deletion.PROTECT")
            .replace("models.SET_NULL", "django.db.models.deletion.SET_NULL")
        )


def way_back(spec: Spec) -> dict[tuple[str, str], str]:
    """(entity, relation) → the attribute of the other side that leads back, each there but once."""
    taken: dict[str, set[str]] = {
        e.name: {*(f.name for f in e.fields), *(r.name for r in e.relations)} for e in spec.entities
    }
    taken["User"] = {"email", "password"} | {e.plural for e in spec.entities if e.owned}
    found: dict[tuple[str, str], str] = {}
    for entity in spec.entities:
        for relation in entity.relations:
            plain = snake(entity.name) if relation.kind == "one_to_one" else identifier(entity.plural)
            name = relation.inverse or plain
            if name in taken[relation.target]:
                name = f"{relation.name}_{plain}"
            taken[relation.target].add(name)
            found[(entity.name, relation.name)] = name
    return found
