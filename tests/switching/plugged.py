"""Agent kinds of a test as plug-ins, by the entry point group that others use too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from providers.kinds import agents
from tests.switching.desk import Kind

Plug = Callable[..., None]


def forget() -> None:
    agents._names.cache_clear()
    agents.agent_kind.cache_clear()


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Iterator[Plug]:
    points: list[Any] = []

    def plugged(*kinds: Kind) -> None:
        points.extend(SimpleNamespace(name=kind.name, load=lambda kind=kind: lambda: kind) for kind in kinds)
        forget()

    monkeypatch.setattr(agents, "entry_points", lambda group: points if group == agents.GROUP else [])
    forget()
    yield plugged
    forget()
