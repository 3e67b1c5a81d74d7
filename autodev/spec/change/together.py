"""Three Specs into one: what somebody changed on one side and what somebody changed on the other, over what both had.

Parts of a list are told apart by what they are known by (an entity's name, a requirement's id), so that two people may
add fields to one entity. Where both sides changed the same value, `ours` holds: it is what people see today.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.spec.schema import Spec

# By what the members of a list are known; a list whose members have none of them is a set of values.
NAMES = ("id", "name", "path", "text", "title")


class _Gone:
    """Stands for a member that a side does not have."""


GONE = _Gone()


def three_way(base: Spec, ours: Spec, theirs: Spec) -> Spec:
    """`ours` with what changed from `base` to `theirs`. Raises ValueError where no Spec holds both, for example because
    one side removed the entity that the other refers to."""
    merged = _merged(*(one.model_dump(mode="json") for one in (base, ours, theirs)))
    return Spec.model_validate(merged)


def _merged(base: Any, ours: Any, theirs: Any) -> Any:
    if theirs in (ours, base):
        return ours
    if base == ours:
        return theirs
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return _members(base if isinstance(base, Mapping) else {}, ours, theirs)
    if isinstance(ours, list) and isinstance(theirs, list):
        return _lists(base if isinstance(base, list) else [], ours, theirs)
    return ours


def _members(base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in dict.fromkeys([*ours, *theirs]):
        value = _merged(base.get(key, GONE), ours.get(key, GONE), theirs.get(key, GONE))
        if value is not GONE:
            found[key] = value
    return found


def _lists(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any]:
    named = [_named(one) for one in (base, ours, theirs)]
    if any(one is None for one in named):
        kept = [one for one in ours if one in theirs or one not in base]
        return [*kept, *(one for one in theirs if one not in base and one not in kept)]
    before, mine, other = (one or {} for one in named)
    return list(_members(before, mine, other).values())


def _named(items: list[Any]) -> dict[str, Any] | None:
    """The members by what they are known by; None where that is not one word each."""
    found: dict[str, Any] = {}
    for one in items:
        if not isinstance(one, Mapping):
            return None
        key = next((str(one[word]) for word in NAMES if one.get(word)), None)
        key = f"{one['method']} {key}" if key and "method" in one else key
        key = f"{key} {one['entity']}" if key and one.get("entity") else key
        if key is None or key in found:
            return None
        found[key] = one
    return found
