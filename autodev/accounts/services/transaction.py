"""The decorator of a service: its writes are one transaction."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from autodev.lib.db import write

P = ParamSpec("P")
T = TypeVar("T")


def in_transaction(service: Callable[P, T]) -> Callable[P, T]:
    """Runs the service through `autodev.lib.db.write`; within another service it is a savepoint of that one."""

    @wraps(service)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        return write(lambda: service(*args, **kwargs))

    return inner
