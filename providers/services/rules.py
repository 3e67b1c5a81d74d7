"""Routing rules: made or changed, put in order, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autodev.accounts.models import User, Workspace
from providers.config.editing import Json, edit
from providers.models import RoutingRule
from providers.services.errors import NoSuchThing


def rule_save(
    *,
    workspace: Workspace,
    actor: User | None,
    name: str,
    when: Mapping[str, Any],
    then: Mapping[str, Any],
    enabled: bool = True,
    door: str = "",
) -> RoutingRule:
    """Makes a rule behind the others, or changes the one of that name in its place. Raises ConfigInvalid."""

    def change(document: Json) -> None:
        rule = {"name": name, "when": dict(when), "then": dict(then), "enabled": enabled}
        place = next((number for number, one in enumerate(document["rules"]) if one["name"] == name), None)
        if place is None:
            document["rules"].append(rule)
        else:
            document["rules"][place] = rule

    edit(workspace=workspace, actor=actor, type="rule.saved", change=change, door=door, name=name)
    return RoutingRule.objects.get(workspace=workspace, name=name)


def rule_remove(*, workspace: Workspace, actor: User | None, name: str, door: str = "") -> None:
    """Raises NoSuchThing."""

    def change(document: Json) -> None:
        left = [rule for rule in document["rules"] if rule["name"] != name]
        if len(left) == len(document["rules"]):
            raise NoSuchThing(f"There is no rule {name!r}.")
        document["rules"] = left

    edit(workspace=workspace, actor=actor, type="rule.removed", change=change, door=door, name=name)


def rules_order(*, workspace: Workspace, actor: User | None, names: Sequence[str], door: str = "") -> None:
    """These first, in this order, then the others as they stood. Raises NoSuchThing."""

    def change(document: Json) -> None:
        by_name = {rule["name"]: rule for rule in document["rules"]}
        unknown = [name for name in names if name not in by_name]
        if unknown:
            raise NoSuchThing(f"There is no rule {unknown[0]!r}.")
        first = [by_name.pop(name) for name in dict.fromkeys(names)]
        document["rules"] = [*first, *by_name.values()]

    edit(workspace=workspace, actor=actor, type="rules.ordered", change=change, door=door, names=list(names))
