"""What changed between two configurations: by key for a page, as text for a terminal."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from providers.config import reading
from providers.config.problems import Place, Problem


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One key; `before` or `after` is MISSING where it was not there."""

    place: Place
    before: Any
    after: Any

    @property
    def key(self) -> str:
        return Problem(place=self.place, message="").key


class _Missing:
    def __repr__(self) -> str:
        return "—"


MISSING = _Missing()


def differences(before: Any, after: Any, place: Place = ()) -> Iterator[Difference]:
    """Every key whose value differs, in the order of the document. A list counts as one value."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from differences(before.get(name, MISSING), after.get(name, MISSING), (*place, name))
    elif before != after:
        yield Difference(place=place, before=before, after=after)


def unified(
    before: Mapping[str, Any], after: Mapping[str, Any], *, names: tuple[str, str] = ("before", "after")
) -> str:
    """A unified diff of both as models.yaml; empty where they are the same. The order of keys says nothing there, so
    that it is no difference."""
    both = (before, _ordered_as(before, after))
    old, new = (reading.as_yaml(one).splitlines(keepends=True) for one in both)
    return "".join(difflib.unified_diff(old, new, *names))


def _ordered_as(pattern: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """The value with the keys that both have in the pattern's order; what is new stands behind them."""
    names = [*(name for name in pattern if name in value), *(name for name in value if name not in pattern)]
    return {name: _aligned(pattern.get(name), value[name]) for name in names}


def _aligned(pattern: Any, value: Any) -> Any:
    if isinstance(pattern, Mapping) and isinstance(value, Mapping):
        return _ordered_as(pattern, value)
    if isinstance(pattern, list) and isinstance(value, list):
        return [_aligned(one, two) for one, two in zip(pattern, value, strict=False)] + value[len(pattern) :]
    return value
