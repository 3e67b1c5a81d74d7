"""A workspace's configuration as rows, and the rows as a document: both ways without loss."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from providers.config.provider import COLUMNS, ProviderPart
from providers.config.schema import Document, checked
from providers.config.settings import LovablePatterns, Settings
from providers.models import Chain, Provider, RoutingRule, RoutingSettings

FLAG = "lovable_patterns"  # beside the settings in RoutingSettings.document
POSITIONS = 10  # between two rules, so that one can be put between


def read(workspace_id: uuid.UUID) -> Document:
    """What the workspace has now. Raises ConfigInvalid where a row was changed to something that the schema does not
    know."""
    return checked(raw(workspace_id))


def raw(workspace_id: uuid.UUID) -> dict[str, Any]:
    """As `read`, unchecked: plain data that holds what was written and leaves out what has its default."""
    settings, flag = split(_settings_row(workspace_id))
    providers = Provider.objects.filter(workspace_id=workspace_id).order_by("pk")
    chains = Chain.objects.filter(workspace_id=workspace_id).order_by("pk")
    rules = RoutingRule.objects.filter(workspace_id=workspace_id)
    document = {
        "version": 1,
        "providers": {row.name: provider_part(row) for row in providers},
        "chains": {row.task_kind: _chain_part(row.strategy, row.providers, enabled=row.enabled) for row in chains},
        "rules": [_rule_part(row.name, row.when, row.then, enabled=row.enabled) for row in rules],
        "settings": settings,
        FLAG: flag,
    }
    return {name: part for name, part in document.items() if part}


def plain(document: Document) -> dict[str, Any]:
    """What `raw` gives once the document is written: what says no more than a column's default is not said."""
    providers = {name: provider_columns(part) for name, part in document.providers.items()}
    found = {
        "version": 1,
        "providers": {name: _provider_part(columns, rest) for name, (columns, rest) in providers.items()},
        "chains": {
            kind: _chain_part(chain.strategy or "", chain.providers, enabled=chain.enabled)
            for kind, chain in document.chains.items()
        },
        "rules": [
            _rule_part(rule.name, rule.when.stated(), rule.then.stated(), enabled=rule.enabled)
            for rule in document.rules
        ],
        "settings": document.settings.stated(),
        FLAG: document.lovable_patterns.stated(),
    }
    return {name: part for name, part in found.items() if part}


def write(workspace_id: uuid.UUID, document: Document) -> None:
    """Makes the rows say what the document says; call it inside of a transaction. A provider that stays keeps its row,
    and with it its breaker and its calls."""
    for name, part in document.providers.items():
        columns, rest = provider_columns(part)
        Provider.objects.update_or_create(workspace_id=workspace_id, name=name, defaults={**columns, "document": rest})
    Provider.objects.filter(workspace_id=workspace_id).exclude(name__in=list(document.providers)).delete()
    _write_chains(workspace_id, document)
    _write_rules(workspace_id, document)
    write_settings(workspace_id, document.settings, document.lovable_patterns)


def write_settings(workspace_id: uuid.UUID, settings: Settings, flag: LovablePatterns) -> None:
    stated = {**settings.stated(), **({FLAG: flag.stated()} if flag.stated() else {})}
    RoutingSettings.objects.update_or_create(workspace_id=workspace_id, defaults={"document": stated})


def provider_part(row: Provider) -> dict[str, Any]:
    """A provider's row as models.yaml says it."""
    return _provider_part({name: getattr(row, name) for name in COLUMNS}, row.document)


def provider_columns(part: ProviderPart) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of its row, and the rest of what was written."""
    rest = {name: value for name, value in part.stated().items() if name not in COLUMNS}
    return {name: getattr(part, name) for name in COLUMNS}, rest


def split(stored: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and flag of a stored document."""
    settings = dict(stored)
    return settings, dict(settings.pop(FLAG, {}))


def _settings_row(workspace_id: uuid.UUID) -> Mapping[str, Any]:
    row = RoutingSettings.objects.filter(workspace_id=workspace_id).first()
    return row.document if row is not None else {}


def _write_chains(workspace_id: uuid.UUID, document: Document) -> None:
    for kind, chain in document.chains.items():
        values = {
            "strategy": chain.strategy or "",
            "providers": list(chain.providers),
            "enabled": chain.enabled,
        }
        Chain.objects.update_or_create(workspace_id=workspace_id, task_kind=kind, defaults=values)
    Chain.objects.filter(workspace_id=workspace_id).exclude(task_kind__in=list(document.chains)).delete()


def _write_rules(workspace_id: uuid.UUID, document: Document) -> None:
    for number, rule in enumerate(document.rules):
        values = {
            "position": POSITIONS * (number + 1),
            "when": rule.when.stated(),
            "then": rule.then.stated(),
            "enabled": rule.enabled,
        }
        RoutingRule.objects.update_or_create(workspace_id=workspace_id, name=rule.name, defaults=values)
    names = [rule.name for rule in document.rules]
    RoutingRule.objects.filter(workspace_id=workspace_id).exclude(name__in=names).delete()


def _provider_part(columns: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = {"kind": columns["kind"]}
    part |= {"model": columns["model"]} if columns["model"] else {}
    part |= {"api_base": columns["api_base"]} if columns["api_base"] else {}
    part |= {"keys": list(columns["keys"])} if columns["keys"] else {}
    part |= {} if columns["enabled"] else {"enabled": False}
    return {**part, **rest}


def _chain_part(strategy: str, providers: Sequence[str], *, enabled: bool) -> dict[str, Any]:
    own = {"strategy": str(strategy)} if strategy else {}
    return {**own, "providers": list(providers), **({} if enabled else {"enabled": False})}


def _rule_part(name: str, when: Mapping[str, Any], then: Mapping[str, Any], *, enabled: bool) -> dict[str, Any]:
    part: dict[str, Any] = {"name": name, **({"when": dict(when)} if when else {}), "then": dict(then)}
    return part if enabled else {**part, "enabled": False}
