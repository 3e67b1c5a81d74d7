"""A workspace's configuration as rows, and the rows as a document: both ways without loss."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from providers.config.provider import COLUMNS, ProviderPart
from providers.config.rules import ChainPart
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
    strategy = Settings.model_validate(settings).fallback_system.chain_strategy
    providers = Provider.objects.filter(workspace_id=workspace_id).order_by("pk")
    chains = Chain.objects.filter(workspace_id=workspace_id).order_by("pk")
    rules = RoutingRule.objects.filter(workspace_id=workspace_id)
    document = {
        "version": 1,
        "providers": {row.name: provider_part(row) for row in providers},
        "chains": {row.task_kind: _chain_part(row, str(strategy)) for row in chains},
        "rules": [_rule_part(row) for row in rules],
        "settings": settings,
        FLAG: flag,
    }
    return {name: part for name, part in document.items() if part}


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
    part: dict[str, Any] = {"kind": row.kind}
    part |= {"model": row.model} if row.model else {}
    part |= {"api_base": row.api_base} if row.api_base else {}
    part |= {"keys": list(row.keys)} if row.keys else {}
    part |= {} if row.enabled else {"enabled": False}
    return {**part, **row.document}


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
    follows = document.settings.fallback_system.chain_strategy
    for kind, chain in document.chains.items():
        values = {
            "strategy": chain.strategy or follows,
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


def _chain_part(row: Chain, follows: str) -> dict[str, Any]:
    part = {} if row.strategy == follows else {"strategy": row.strategy}
    part = ChainPart.model_validate({**part, "providers": row.providers}).stated()
    return part if row.enabled else {**part, "enabled": False}


def _rule_part(row: RoutingRule) -> dict[str, Any]:
    part: dict[str, Any] = {"name": row.name}
    part |= {"when": row.when} if row.when else {}
    part |= {"then": row.then}
    return part if row.enabled else {**part, "enabled": False}
