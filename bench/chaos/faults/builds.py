"""What people do to builds at bad moments."""

from __future__ import annotations

from bench.chaos.doors import Refused
from bench.chaos.schedule import Planned
from bench.chaos.world import Injected, World, injector


def _choose(world: World, planned: Planned, *, spare: frozenset[str]) -> str | None:
    live = [
        build
        for build in world.watch.sight.live()
        if build in world.builds and build not in world.steered and world.builds[build][1] not in spare
    ]
    return live[planned.pick % len(live)] if live else None


def _steer(world: World, build: str, *verbs: str) -> None:
    client = world.clients[world.builds[build][0]]
    for verb in verbs:
        try:
            client.steer(build, verb)
        except Refused as refusal:
            world.refused[f"{verb} {build}"] = str(refusal)


@injector("build.cancel")
def cancel(world: World, planned: Planned) -> Injected | None:
    build = _choose(world, planned, spare=frozenset({"real", "poison", "hang"}))
    if build is None:
        return None
    world.steered[build] = "cancelled"
    return Injected(build, job=lambda: _steer(world, build, "cancel"))


@injector("build.pause")
def pause(world: World, planned: Planned) -> Injected | None:
    build = _choose(world, planned, spare=frozenset())
    if build is None:
        return None
    world.steered[build] = "paused"

    def job() -> None:
        _steer(world, build, "pause")
        world.over.wait(planned.lasts_s)
        _steer(world, build, "resume")
        world.steered.pop(build, None)

    return Injected(build, job=job)


@injector("build.twice")
def again(world: World, planned: Planned) -> Injected | None:
    """A request that was answered comes again."""
    known = sorted(key for key, ids in world.accepted.items() if ids)
    if not known:
        return None
    key = known[planned.pick % len(known)]
    return Injected(key, job=lambda: world.repeat(key))
