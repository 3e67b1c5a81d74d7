"""The kinds whose targets complete messages, by name: built-in ones and plug-ins of the entry point group
`autodev.model_kinds`. Each is imported when it is first asked for."""

from __future__ import annotations

import importlib
from functools import lru_cache
from importlib.metadata import entry_points
from typing import cast

from providers.targets import ModelKind

GROUP = "autodev.model_kinds"
_BUILT_IN = {"litellm": "providers.kinds.litellm:LiteLLMKind"}
_in_use: dict[str, ModelKind] = {}


class UnknownModelKind(LookupError):
    """No kind of this name is installed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no kind of models is called {name!r}; there are {', '.join(model_kinds())}")
        self.name = name


def model_kinds() -> tuple[str, ...]:
    """The names, without importing any."""
    return tuple(sorted({*_BUILT_IN, *(point.name for point in entry_points(group=GROUP))}))


@lru_cache(maxsize=32)
def model_kind(name: str) -> ModelKind:
    """The kind of this name, one object a process. Raises UnknownModelKind. A plug-in takes no name of a built-in."""
    made = _made(name)
    _in_use[name] = made
    return made


async def close_kinds() -> None:
    """Ends the connections that the kinds of this process keep. A call after it opens new ones."""
    for kind in list(_in_use.values()):
        close = getattr(kind, "close", None)
        if close is not None:
            await close()


def _made(name: str) -> ModelKind:
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        return cast("ModelKind", getattr(importlib.import_module(module), attribute)())
    for point in entry_points(group=GROUP):
        if point.name == name:
            return cast("ModelKind", point.load()())
    raise UnknownModelKind(name)
