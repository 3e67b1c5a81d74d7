"""A provider's row and its part of models.yaml as the Target that a call sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from providers import params
from providers.config import store
from providers.config.agents import agent_params, is_agent
from providers.config.keys import Keys
from providers.config.provider import PricePart, ProviderPart
from providers.config.reach import account_refusal, model_refusal
from providers.config.settings import DeadlineSection
from providers.models import Provider
from providers.money.catalogue import CatalogueModel, catalogue
from providers.money.prices import Override, price_of
from providers.targets import Capability, Deadlines, Price, Target

# What any model is taken for that neither models.yaml nor the table of models knows.
UNKNOWN_MODEL = frozenset({Capability.STREAMING, Capability.TOOLS, Capability.STRUCTURED})


def target_of(
    row: Provider,
    *,
    keys: Keys,
    deadlines: DeadlineSection,
    overrides: Sequence[Override] = (),
    at: dt.datetime,
) -> Target:
    """What models.yaml says goes before the table of models; prices are those that hold `at` that moment."""
    part = ProviderPart.model_validate(store.provider_part(row))
    if is_agent(part):
        return _program(row, part)
    known = catalogue().entry(part.model) if part.model else None
    found = keys.of(part.keys, api_base=part.api_base)
    closed = bool(account_refusal(part.model, keyed=bool(found)) or model_refusal(part.model))
    return Target(
        id=row.pk,
        workspace_id=row.workspace_id,
        name=row.name,
        kind=part.kind,
        model=part.model,
        api_base=part.api_base,
        keys=() if closed else found,
        needs_key=closed or needs_key(part, known),
        emergency=part.emergency,
        upstream=part.upstream,
        region=part.region,
        capabilities=_capabilities(part, known),
        context_window=part.context_window or (known.context_window if known else None),
        max_output_tokens=part.max_output_tokens or (known.max_output_tokens if known else None),
        price=_price(part, overrides, at),
        health_weight=part.health_weight,
        max_concurrency=part.max_concurrency,
        deadlines=_deadlines(part, deadlines),
        params=params.allowed(part.params),
    )


def _program(row: Provider, part: ProviderPart) -> Target:
    """An agent program: what it says of a model is a word for the gateway, so that no table of models speaks of it."""
    return Target(
        id=row.pk,
        workspace_id=row.workspace_id,
        name=row.name,
        kind=part.kind,
        model=part.model,
        needs_key=False,
        upstream=part.upstream,
        region=part.region,
        capabilities=frozenset(),
        health_weight=part.health_weight,
        max_concurrency=part.max_concurrency,
        params=agent_params(part.kind, part.params),
    )


def needs_key(part: ProviderPart, known: CatalogueModel | None) -> bool:
    """Whether it cannot be asked without a key. Where nothing is written: a model does, the emergency provider, an
    agent program and a model on one's own machine do not."""
    if is_agent(part):
        return False
    if part.needs_key is not None:
        return part.needs_key
    return bool(part.model) and not part.emergency and not (known is not None and known.local)


def _capabilities(part: ProviderPart, known: CatalogueModel | None) -> frozenset[Capability]:
    if part.capabilities is not None:
        return frozenset(part.capabilities)
    return frozenset(known.capabilities) if known is not None else UNKNOWN_MODEL


def _deadlines(part: ProviderPart, usual: DeadlineSection) -> Deadlines:
    own = {name: value for name, value in part.deadlines.model_dump().items() if value is not None}
    return Deadlines(**{**usual.model_dump(), **own})


def _price(part: ProviderPart, overrides: Sequence[Override], at: dt.datetime) -> Price | None:
    if part.price is not None:
        return _written(part.price)
    return price_of(part.model, overrides, at) if part.model else None


def _written(price: PricePart) -> Price:
    return Price(**{**price.model_dump(), "source": price.source or "models.yaml"})
