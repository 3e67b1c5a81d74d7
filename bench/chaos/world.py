"""What faults act on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.chaos.doors import Client
from bench.chaos.fleet import Fleet
from bench.chaos.places import Places
from bench.chaos.schedule import Planned
from bench.chaos.visitors import Visitors
from bench.chaos.watch import Watch
from tests.providers_lab import Lab


@dataclass(slots=True)
class World:
    """`clients` by workspace; `accepted`: Idempotency-Key → the ids that the API gave for it; `steered`: build → what a
    person did to it; `builds`: build → (workspace, sort);
    `repeat` sends a request of an earlier key again; `met` counts the provider
    faults that a request met; `over` is set when the last fault has ended."""

    places: Places
    fleet: Fleet
    watch: Watch
    lab: Lab
    pool: ThreadPoolExecutor
    clients: dict[str, Client] = field(default_factory=dict)
    accepted: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    builds: dict[str, tuple[str, str]] = field(default_factory=dict)
    steered: dict[str, str] = field(default_factory=dict)
    repeat: Callable[[str], None] = lambda _: None
    met: int = 0
    visitors: Visitors | None = None
    over: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Injected:
    """What a fault hit, and how it ends; `job` is blocking work for another thread."""

    target: str
    end: Callable[[], None] | None = None
    job: Callable[[], None] | None = None


Injector = Callable[[World, Planned], Injected | None]
_injectors: dict[str, Injector] = {}


def injector(*kinds: str) -> Callable[[Injector], Injector]:
    """Names the function for these kinds; a kind that ends with a dot stands for all that begin so."""

    def name(function: Injector) -> Injector:
        for kind in kinds:
            _injectors[kind] = function
        return function

    return name


def injector_of(kind: str) -> Injector:
    """Raises KeyError for a kind that nobody injects."""
    return _injectors.get(kind) or _injectors[f"{kind.split('.', maxsplit=1)[0]}."]
