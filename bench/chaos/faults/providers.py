"""Periods in which a provider of the lab has a fault."""

from __future__ import annotations

from bench.chaos.schedule import Planned
from bench.chaos.world import Injected, World, injector


@injector("provider.")
def fail(world: World, planned: Planned) -> Injected | None:
    """The newest fault of an upstream stands in the place of the one before it; the end of a period heals it."""
    chosen = str(planned.params["upstream"])
    names = ("a", "b") if chosen == "both" else (chosen,)
    for name in names:
        world.lab.upstream(name).fail(str(planned.params["fault"]))

    def heal() -> None:
        for name in names:
            world.lab.upstream(name).heal()

    return Injected(chosen, heal)
