"""The schema of models.yaml: providers, chains, rules, settings and the flag of seeds 001."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from providers.config.base import Part, ProviderName, TaskKind
from providers.config.kind import kind_refusals
from providers.config.problems import ConfigInvalid, Place, Problem
from providers.config.provider import ProviderPart
from providers.config.reach import refusals
from providers.config.rules import ChainPart, RulePart
from providers.config.settings import LovablePatterns, Settings
from providers.config.wording import said
from providers.prompts import library as prompts

DEFAULT_CHAIN = "default"


class Document(Part):
    """A workspace's whole configuration. Chains are by task kind, by task class of seeds 000, or `default`."""

    version: Literal[1] = 1
    providers: Annotated[dict[ProviderName, ProviderPart], Field(max_length=500)] = Field(default_factory=dict)
    chains: Annotated[dict[TaskKind, ChainPart], Field(max_length=500)] = Field(default_factory=dict)
    rules: Annotated[list[RulePart], Field(max_length=1000)] = Field(default_factory=list)
    settings: Settings = Settings()
    lovable_patterns: LovablePatterns = LovablePatterns()


def checked(data: Any) -> Document:
    """A document from plain data. Raises ConfigInvalid with every problem, without lines."""
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        raise ConfigInvalid(
            [said(one, Document) for one in error.errors(include_input=False, include_url=False)]
        ) from None
    problems = list(loose_ends(document))
    if problems:
        raise ConfigInvalid(problems)
    return document


def settings_of(data: Mapping[str, Any]) -> Settings:
    """The settings of a stored document with every default filled in. Raises ConfigInvalid."""
    return checked({"settings": data}).settings


def loose_ends(document: Document) -> Iterator[Problem]:
    """Names that name nothing, and names that stand twice."""
    known = list(document.providers)
    for kind, chain in document.chains.items():
        yield from _unknown(chain.providers, known, ("chains", kind, "providers"))
    yield from _unknown_prompts(document.settings.prompts)
    seen: set[str] = set()
    for number, rule in enumerate(document.rules):
        for word in ("prefer", "only", "avoid"):
            yield from _unknown(getattr(rule.then, word), known, ("rules", number, "then", word))
        if rule.name in seen:
            yield Problem(place=("rules", number, "name"), message=f"there is another rule {rule.name!r}")
        seen.add(rule.name)
    roles: dict[str, str] = {}
    for name, provider in document.providers.items():
        for key, why in (*kind_refusals(provider), *refusals(provider)):
            yield Problem(place=("providers", name, *key), message=why)
        if provider.role is not None and provider.role in roles:
            text = f"{roles[provider.role]!r} has the role {provider.role!r} already"
            yield Problem(place=("providers", name, "role"), message=text)
        roles.setdefault(provider.role or "", name)


def _unknown_prompts(pins: Mapping[str, int]) -> Iterator[Problem]:
    for name, version in pins.items():
        place: Place = ("settings", "prompts", name)
        if name not in prompts.names():
            near = difflib.get_close_matches(name, prompts.names(), n=1)
            message = f"there is no prompt {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
            yield Problem(place=place, message=message)
        elif version not in prompts.versions(name):
            there = ", ".join(map(str, prompts.versions(name)))
            yield Problem(place=place, message=f"there is no version {version} of it; there are {there}")


def _unknown(names: Iterable[str], known: list[str], place: Place) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            message = f"there is no provider {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
            yield Problem(place=(*place, number), message=message)
