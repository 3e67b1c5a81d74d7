"""Periods in which a provider of the lab has a fault."""

from __future__ import annotations

from bench.chaos.schedule import Planned
from bench.chaos.world import Injected, World, injector


@injector("provider.")
def fail(world: World, planned: Planned) -> Injected | None:
    """The newest fault of an upstream stands in the place of the one before it; the end of a period heals it."""
    chosen = str(planned.params["upstream"])
    upstreams = [world.lab.upstream(name) for name in (("a", "b") if chosen == "both" else (chosen,))]
    before = [len(one.requests) for one in upstreams]
    for one in upstreams:
        one.fail(str(planned.params["fault"]))

    def heal() -> None:
        for one, seen in zip(upstreams, before, strict=True):
            world.met += any(request.fault for request in list(one.requests)[seen:])
            one.heal()

    return Injected(chosen, heal)
