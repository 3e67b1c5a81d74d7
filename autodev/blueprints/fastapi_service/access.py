"""Who may do what, as the service template asks it of an entity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autodev.blueprints.fastapi_service.entities import EntityView
from autodev.blueprints.fastapi_service.rules import ActionView
from autodev.blueprints.python.rules import Old


def functions(entities: Sequence[EntityView]) -> dict[str, Callable[..., Any]]:
    """The functions that templates call, over all entities of the service."""
    targets = {r.target_name for e in entities for r in e.relations}
    protected = {r.target_name for e in entities for r in e.to_one if r.spec.on_delete == "protect"}

    def is_target(entity: EntityView) -> bool:
        return entity.name in targets

    def is_protected(entity: EntityView) -> bool:
        return entity.name in protected

    return {
        "is_target": is_target,
        "is_protected": is_protected,
        "needed_services": needed_services,
        "changeable_call": changeable_call,
        "action_call": action_call,
        "writer_for": writer_for,
        "needs_changeable": needs_changeable,
        "needs_admin_check": needs_admin_check,
        "needs_forbidden": needs_forbidden,
        "update_olds": update_olds,
        "raised": raised,
    }


def needed_services(entity: EntityView) -> list[str]:
    """The services whose records this entity's relations name."""
    return sorted({r.target.plural for r in entity.relations if r.target is not None and r.target_name != entity.name})


def owner_checked(entity: EntityView) -> bool:
    """Whether a record that the caller sees may still be another's, not to be changed."""
    return entity.owned and entity.visibility != "owner"


def needs_changeable(entity: EntityView) -> bool:
    by_write = entity.write == "owner"
    by_action = any(action.spec.who == "owner" for action in entity.actions)
    return owner_checked(entity) and (by_write or by_action)


def needs_admin_check(entity: EntityView) -> bool:
    return entity.auth and (entity.write == "admin" or any(a.spec.who == "admin" for a in entity.actions))


def needs_forbidden(entity: EntityView) -> bool:
    return entity.write == "admin" or (entity.write == "owner" and owner_checked(entity))


def changeable_call(entity: EntityView) -> str:
    """The code that gives the record which an update or a deletion is about."""
    return _fetch(entity, entity.write)


def action_call(entity: EntityView, action: ActionView) -> str:
    """The code that gives the record which an action is about."""
    return _fetch(entity, action.spec.who if entity.auth else "public")


def writer_for(entity: EntityView, action: ActionView) -> str:
    """The part of an action's signature that says who calls."""
    del action
    return "caller: Caller, " if entity.auth else ""


def _fetch(entity: EntityView, who: str) -> str:
    key = f"{entity.module}_id"
    reading = "" if entity.visibility == "public" else "caller, "
    if who == "admin":
        return f"get(session, {reading}{key})\n    _require_admin(caller)"
    if who == "owner" and owner_checked(entity):
        return f"_changeable(session, caller, {key})"
    return f"get(session, {reading}{key})"


def update_olds(entity: EntityView) -> list[Old]:
    """The values to remember before an update, each once."""
    return list({old.attr: old for rule in entity.rules_on("update") for old in rule.olds}.values())


def raised(errors: Sequence[tuple[object, str]]) -> str:
    """The end of a docstring that names the errors whose condition holds: ` Raises NotFoundError or ConflictError.`"""
    names = [name for holds, name in errors if holds]
    if not names:
        return ""
    *first, last = names
    return f" Raises {', '.join(first)}{' or ' if first else ''}{last}."
