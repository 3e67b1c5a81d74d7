"""The JSON of seeds 000 (`fallback_system`, `frameworks`, `task_routing`): into the configuration, and out of it.

A framework is a provider with a role and a priority; the default chain goes by priority. A task class is a chain of its
own whose first provider is the one named. Both directions are without loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from providers.config.base import Part, ProviderName, TaskKind, Word
from providers.config.problems import ConfigInvalid, Problem
from providers.config.schema import DEFAULT_CHAIN, Document, checked
from providers.config.settings import FallbackSystem
from providers.config.wording import said

SECTIONS = ("fallback_system", "frameworks", "task_routing")
ROLES = ("primary", "secondary", "tertiary")
# What a framework of seeds 000 is, where a workspace has no provider of that name yet.
FRAMEWORKS: dict[str, dict[str, Any]] = {
    "claude": {"kind": "litellm", "model": "anthropic/claude-sonnet-5-5", "keys": ["env:ANTHROPIC_API_KEY"]},
    "opencode": {"kind": "opencode"},
}


class Framework(Part):
    name: ProviderName
    enabled: bool = True
    priority: Annotated[int, Field(ge=0, le=1_000_000)]
    health_weight: Annotated[float, Field(ge=0, le=100)] = 1.0


class SeedConfig(Part):
    """The file of seeds 000. What its three sections do not say stays as the workspace has it."""

    fallback_system: FallbackSystem = FallbackSystem()
    frameworks: Annotated[dict[Word, Framework], Field(min_length=1)] | None = None
    task_routing: dict[TaskKind, ProviderName] | None = None

    @property
    def by_role(self) -> dict[str, Framework]:
        return self.frameworks or {}


def is_seed(data: Any) -> bool:
    """Whether plain data is of this form rather than models.yaml's."""
    return isinstance(data, Mapping) and bool(data) and set(data) <= set(SECTIONS)


def merged(data: Mapping[str, Any], before: Document) -> Document:
    """The workspace's document with the file's three sections in it; `task_routing` stands for all chains but the
    default one. Raises ConfigInvalid, with places of the file."""
    seed = _checked(data, before)
    document = before.stated()
    if "fallback_system" in seed.model_fields_set:
        document.setdefault("settings", {})["fallback_system"] = seed.fallback_system.stated()
    providers: dict[str, Any] = document.setdefault("providers", {})
    if seed.by_role:
        for part in providers.values():
            part.pop("role", None)
            part.pop("priority", None)
        for role, framework in seed.by_role.items():
            own = providers.setdefault(framework.name, _new(framework.name))
            own |= {**framework.model_dump(exclude={"name"}), "role": role}
    chains = _chains(seed, document, before)
    return checked({**document, "chains": chains})


def exported(document: Document) -> dict[str, Any]:
    """The file of seeds 000 that says what the document says, as far as it can."""
    default = document.chains.get(DEFAULT_CHAIN)
    named = {name: part for name, part in document.providers.items() if part.role is not None}
    frameworks = {
        str(part.role): _framework(name, document, part.priority if part.priority is not None else 0)
        for name, part in named.items()
    }
    if not named and default is not None:
        # Nobody said roles: they are the places in the default chain.
        for number, name in enumerate(default.providers):
            role = ROLES[number] if number < len(ROLES) else f"fallback_{number}"
            frameworks[role] = _framework(name, document, number + 1)
    return {
        "fallback_system": _system(document),
        "frameworks": frameworks,
        "task_routing": {kind: chain.providers[0] for kind, chain in document.chains.items() if kind != DEFAULT_CHAIN},
    }


def _checked(data: Mapping[str, Any], before: Document) -> SeedConfig:
    try:
        seed = SeedConfig.model_validate(data)
    except ValidationError as error:
        raise ConfigInvalid(
            [said(one, SeedConfig) for one in error.errors(include_input=False, include_url=False)]
        ) from None
    problems = list(_loose_ends(seed, before))
    if problems:
        raise ConfigInvalid(problems)
    return seed


def _loose_ends(seed: SeedConfig, before: Document) -> Iterator[Problem]:
    names = [framework.name for framework in seed.by_role.values()]
    for role, framework in seed.by_role.items():
        if names.count(framework.name) > 1:
            yield Problem(place=("frameworks", role, "name"), message=f"{framework.name!r} has several roles")
    for kind, name in (seed.task_routing or {}).items():
        if kind == DEFAULT_CHAIN:
            yield Problem(place=("task_routing", kind), message="the default is what `frameworks` say")
        if name not in names and name not in before.providers:
            yield Problem(place=("task_routing", kind), message=f"there is no framework {name!r}")


def _new(name: str) -> dict[str, Any]:
    """A framework that nobody made a provider for is one of its own kind; until that kind is installed, it is passed
    over."""
    return dict(FRAMEWORKS.get(name, {"kind": name}))


def _chains(seed: SeedConfig, document: Mapping[str, Any], before: Document) -> dict[str, Any]:
    """The frameworks by priority, behind them whoever stood in the default chain and is no framework."""
    chains: dict[str, Any] = {kind: chain.stated() for kind, chain in before.chains.items()}
    old = before.chains[DEFAULT_CHAIN].providers if DEFAULT_CHAIN in before.chains else list(before.providers)
    order = [one.name for one in sorted(seed.by_role.values(), key=lambda one: one.priority)]
    order += [name for name in old if name not in order and name in document["providers"]]
    if order and (seed.by_role or "fallback_system" in seed.model_fields_set):
        chains[DEFAULT_CHAIN] = {"providers": order}
    if seed.task_routing is not None:
        chains = {kind: chain for kind, chain in chains.items() if kind == DEFAULT_CHAIN}
        for kind, first in seed.task_routing.items():
            chains[kind] = {"providers": [first, *(name for name in order if name != first)]}
    return chains


def _framework(name: str, document: Document, priority: int) -> dict[str, Any]:
    part = document.providers[name]
    return {"name": name, "enabled": part.enabled, "priority": priority, "health_weight": part.health_weight}


def _system(document: Document) -> dict[str, Any]:
    """With the strategy of the default chain, where that has one of its own."""
    system = document.settings.fallback_system.model_dump(mode="json")
    default = document.chains.get(DEFAULT_CHAIN)
    return system if default is None or default.strategy is None else {**system, "strategy": str(default.strategy)}
