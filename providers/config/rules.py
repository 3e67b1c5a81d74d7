"""Chains and routing rules as models.yaml says them."""

from __future__ import annotations

import uuid
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from providers.config.base import Part, ProviderNames, Share, TaskKind, Word, Words
from providers.states import CallPurpose, Strategy
from providers.targets import Capability


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _uuid(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise ValueError("write the id of a project") from None


class ChainPart(Part):
    """Providers in the order primary, secondary, …. Without a `strategy` the chain follows
    `settings.fallback_system.strategy`."""

    strategy: Strategy | None = None
    providers: Annotated[ProviderNames, Field(min_length=1, max_length=50)]
    enabled: bool = True


class RuleWhen(Part):
    """All conditions that are written must hold; of a list one is enough, of `capabilities` all are asked for."""

    task_kind: Annotated[list[TaskKind], BeforeValidator(_listed)] | None = None
    task_class: Annotated[list[TaskKind], BeforeValidator(_listed)] | None = None
    purpose: Annotated[list[CallPurpose], BeforeValidator(_listed)] | None = None
    user: Words | None = None
    project: Annotated[list[Annotated[str, AfterValidator(_uuid)]], BeforeValidator(_listed)] | None = None
    region: Words | None = None
    capabilities: Annotated[list[Capability], BeforeValidator(_listed)] | None = None
    min_input_tokens: Annotated[int, Field(ge=0)] | None = None
    max_input_tokens: Annotated[int, Field(ge=0)] | None = None
    min_pressure: Share | None = None


class RuleThen(Part):
    """`prefer` puts them first, `only` leaves nobody else, `avoid` leaves them out. `task_class` gives the request that
    class, whose chain it then follows, and `region` where its provider must be, unless it says so itself."""

    prefer: ProviderNames = Field(default_factory=list)
    only: ProviderNames = Field(default_factory=list)
    avoid: ProviderNames = Field(default_factory=list)
    task_class: TaskKind | None = None
    region: Annotated[Word, Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.prefer or self.only or self.avoid or self.task_class or self.region):
            raise ValueError("write prefer, only, avoid, task_class or region")
        return self


class RulePart(Part):
    """Rules are asked in the order in which they stand."""

    name: Annotated[Word, Field(max_length=80)]
    when: RuleWhen = RuleWhen()
    then: RuleThen
    enabled: bool = True
