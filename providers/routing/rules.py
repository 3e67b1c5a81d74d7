"""Routing rules and the user's override: who is preferred, who alone may answer, who is avoided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from providers.live.view import WorkspaceView
from providers.routing.demand import Demand
from providers.routing.need import Need

WISHED = ("prefer", "only", "avoid")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """Names of providers; true where somebody has a wish. `by` says whose wishes these are, for the reasons."""

    prefer: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    avoid: frozenset[str] = frozenset()
    by: str = ""

    def __bool__(self) -> bool:
        return bool(self.by)


def wishes_of(view: WorkspaceView, need: Need, demand: Demand) -> Wishes:
    """The user's override stands before the rules, these in their order. `prefer` adds up, the first `only` holds,
    `avoid` adds up but never takes what an override names."""
    prefer, only, avoid = [*need.prefer], need.only, set(need.avoid)
    by = ["the user"] if need.prefer or need.only or need.avoid else []
    for rule in view.rules:
        if not any(rule.then.get(name) for name in WISHED) or not matches(rule.when, view, need, demand):
            continue
        by.append(f"rule {rule.name}")
        prefer += names_in(rule.then.get("prefer"))
        only = only or names_in(rule.then.get("only"))
        avoid |= set(names_in(rule.then.get("avoid"))) - set(need.only) - set(need.prefer)
    return Wishes(prefer=tuple(prefer), only=tuple(only), avoid=frozenset(avoid), by=", ".join(by))


def placed(view: WorkspaceView, need: Need, demand: Demand) -> Need:
    """The need with the task class and the region that rules give it where it states none itself; of several the first
    one holds."""
    for rule in view.rules:
        task_class = need.task_class or str(rule.then.get("task_class") or "")
        region = need.region or str(rule.then.get("region") or "")
        gives = (task_class, region) != (need.task_class, need.region)
        if gives and matches(rule.when, view, need, demand):
            need = replace(need, task_class=task_class, region=region)
    return need


def names_in(value: Any) -> tuple[str, ...]:
    """One name or several."""
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def matches(when: Mapping[str, Any], view: WorkspaceView, need: Need, demand: Demand) -> bool:
    """Whether all of a rule's conditions hold. One that is not known here does not: a rule of a newer version must not
    hold for everything."""
    return all(_holds(name, wanted, view, need, demand) for name, wanted in when.items())


def _holds(name: str, wanted: Any, view: WorkspaceView, need: Need, demand: Demand) -> bool:
    if name in {"min_input_tokens", "max_input_tokens"}:
        return bool(demand.input_tokens >= wanted if name.startswith("min") else demand.input_tokens <= wanted)
    if name == "capabilities":
        return set(names_in(wanted)) <= {str(one) for one in demand.capabilities}
    if name == "min_pressure":
        return bool(view.pressure(need.project_id, need.build_id) >= wanted)
    facts = {
        "task_kind": need.task_kind,
        "task_class": need.task_class,
        "user": need.user,
        "project": str(need.project_id or ""),
        "purpose": str(need.purpose),
        "region": need.region,
    }
    return name in facts and facts[name] in names_in(wanted)
