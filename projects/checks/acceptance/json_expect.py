"""Judges a JSON answer by a check's expectations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from autodev.spec.checks import JsonExpect
from projects.checks.acceptance.compare import same, same_decimal, same_moment


class Missing:
    """Stands for a value that is not there, which is not null."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = Missing()


def at(body: Any, path: str) -> Any:
    """The value at `a.b.0.c`, or MISSING."""
    for part in path.split(".") if path else ():
        if isinstance(body, dict) and part in body:
            body = body[part]
        elif isinstance(body, list) and part.isdigit() and int(part) < len(body):
            body = body[int(part)]
        else:
            return MISSING
    return body


def holds(expect: JsonExpect, body: Any, wanted: Any) -> bool:
    """Whether `expect` holds for `body`; `wanted` is its value with the placeholders filled. Of a value that is not
    there only `absent` holds."""
    got = at(body, expect.path)
    if expect.op == "absent":
        return got is MISSING
    if got is MISSING:
        return False
    if expect.op in ("contains_item", "lacks_item"):
        return isinstance(got, list) and _has_item(got, expect.key, wanted) == (expect.op == "contains_item")
    return _OPERATORS[expect.op](got, wanted)


def _has_item(items: list[Any], key: str, wanted: Any) -> bool:
    return any(isinstance(item, dict) and key in item and same(item[key], wanted) for item in items)


def _contains(got: Any, wanted: Any) -> bool:
    if isinstance(got, str):
        return str(wanted) in got
    return isinstance(got, list | dict) and any(same(item, wanted) for item in got)


def _lacks(got: Any, wanted: Any) -> bool:
    return isinstance(got, str | list | dict) and not _contains(got, wanted)


def _length(got: Any, wanted: Any) -> bool:
    return isinstance(got, str | list | dict) and len(got) == wanted


def _exists(got: Any, wanted: Any) -> bool:
    del got, wanted
    return True


def _names_field(got: Any, wanted: Any) -> bool:
    names = {str(wanted), f"{wanted}_id", f"{wanted}_ids"}
    return any(not names.isdisjoint(named) for named in _named_fields(got))


def _named_fields(body: Any) -> Iterator[set[str]]:
    """Each set of names that some `loc` list or `field` below gives."""
    if isinstance(body, dict):
        field, loc = body.get("field"), body.get("loc")
        if isinstance(field, str):
            yield {field}
        if isinstance(loc, list):
            yield {str(part) for part in loc}
        # What the sender sent is echoed by some frameworks; it names nothing.
        body = [value for key, value in body.items() if key not in ("input", "loc")]
    if isinstance(body, list):
        for item in body:
            yield from _named_fields(item)


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": same,
    "ne": lambda got, wanted: not same(got, wanted),
    "decimal_eq": same_decimal,
    "moment_eq": same_moment,
    "contains": _contains,
    "lacks": _lacks,
    "length": _length,
    "exists": _exists,
    "names_field": _names_field,
}
