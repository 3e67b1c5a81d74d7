"""What a process needs of a workspace's configuration to choose and to call: read in a few queries, off the hot
path."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from providers.config import flag, store
from providers.config.keys import Keys
from providers.config.schema import DEFAULT_CHAIN
from providers.config.settings import LovablePatterns, Settings, for_calls
from providers.config.targets import target_of
from providers.kinds.agents import is_agent_kind
from providers.live.view import ChainView, RuleView
from providers.models import Chain, Provider, RoutingRule, RoutingSettings
from providers.money.months import now
from providers.money.overrides import overrides_of
from providers.states import Strategy
from providers.targets import Target


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """`targets` are the enabled providers by name; `chains` and `rules` the enabled ones. `settings` as
    `providers.config.settings.for_calls` says. `fallback` is the flag LOVABLE_FALLBACK_CHAIN as it holds here."""

    targets: Mapping[str, Target]
    chains: Mapping[str, ChainView]
    rules: tuple[RuleView, ...]
    settings: Mapping[str, Any]
    fallback: bool


def load(workspace_id: uuid.UUID) -> Loaded:
    """The configuration as it holds now, with keys opened. Raises pydantic's ValidationError where a row was changed
    to something that the schema does not know."""
    settings, lovable = _settings(workspace_id)
    keys, overrides, moment = Keys(workspace_id), overrides_of(workspace_id), now()
    rows = list(Provider.objects.filter(workspace_id=workspace_id).order_by("pk"))
    chains = Chain.objects.filter(workspace_id=workspace_id, enabled=True).order_by("pk")
    rules = RoutingRule.objects.filter(workspace_id=workspace_id, enabled=True)
    return Loaded(
        targets={
            row.name: target_of(row, keys=keys, deadlines=settings.deadlines, overrides=overrides, at=moment)
            for row in rows
            if row.enabled
        },
        chains=chain_views(
            chains,
            programs={row.name for row in rows if is_agent_kind(row.kind)},
            follow=settings.fallback_system.chain_strategy,
        ),
        rules=tuple(RuleView(name=row.name, position=row.position, when=row.when, then=row.then) for row in rules),
        settings=for_calls(settings),
        fallback=flag.fallback(settings, lovable).on,
    )


def chain_views(rows: Iterable[Chain], *, programs: AbstractSet[str], follow: Strategy) -> dict[str, ChainView]:
    """By kind of task; `follow` is the strategy of those that name none. One of agent programs only goes on with the
    default chain: they ask its models, and where none of them is switched on the work is our own agent's."""
    found = {row.task_kind: row for row in rows}
    default = tuple(found[DEFAULT_CHAIN].providers) if DEFAULT_CHAIN in found else ()
    views = {}
    for kind, row in found.items():
        names = tuple(row.providers)
        if kind != DEFAULT_CHAIN and all(name in programs for name in names):
            names = tuple(dict.fromkeys((*names, *default)))
        views[kind] = ChainView(task_kind=kind, strategy=Strategy(row.strategy or follow), providers=names)
    return views


def _settings(workspace_id: uuid.UUID) -> tuple[Settings, LovablePatterns]:
    row = RoutingSettings.objects.filter(workspace_id=workspace_id).first()
    settings, lovable = store.split(row.document if row is not None else {})
    return Settings.model_validate(settings), LovablePatterns.model_validate(lovable)
