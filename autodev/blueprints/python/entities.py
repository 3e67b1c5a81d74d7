"""An entity's names as every project of Python writes them."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.blueprints.python.names import an, dashes, identifier, snake, words
from autodev.blueprints.text import sentence
from autodev.spec.schema import EntitySpec, Spec


@dataclass(frozen=True)
class NamedEntity:
    """An entity of `app`. `auth`: the product has accounts; where it has none, every entity is open to everyone."""

    app: Spec
    spec: EntitySpec
    auth: bool

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def module(self) -> str:
        return snake(self.spec.name)

    @property
    def plural(self) -> str:
        return identifier(self.spec.plural)

    @property
    def path(self) -> str:
        return dashes(self.spec.plural)

    @property
    def words(self) -> str:
        return words(self.spec.name)

    @property
    def words_plural(self) -> str:
        return self.spec.plural.replace("_", " ")

    @property
    def a(self) -> str:
        return an(self.words)

    @property
    def doc(self) -> str:
        return sentence(self.spec.description or self.a)
