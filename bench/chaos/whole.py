"""A run from the first process to the report."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from bench.chaos import servers
from bench.chaos.answers import answer
from bench.chaos.drive import Run
from bench.chaos.effects import read
from bench.chaos.faults import injected
from bench.chaos.fleet import Fleet
from bench.chaos.judges.ends import repeats
from bench.chaos.judges.trial import judge
from bench.chaos.kinds import KINDS
from bench.chaos.marks import POISON
from bench.chaos.orders import orders, reference
from bench.chaos.places import Places
from bench.chaos.product import Asker, people, wait_until_served
from bench.chaos.report import BuildEnd, Report
from bench.chaos.schedule import plan
from bench.chaos.visitors import Answered, Visitors
from bench.chaos.watch import Watch
from bench.chaos.world import World
from projects.models import Attempt, Build
from tests.providers_lab import Lab

HOUSEKEEPING_S = 8.0
MODEL_LATENCY_S = 0.5


def run(chosen: argparse.Namespace, where: Places, *, say: Callable[[str], None]) -> Report:
    """Starts everything, injects, waits, judges; whatever happens, the processes end."""
    seconds = chosen.minutes * 60
    kinds = [kind for kind in injected(KINDS) if where.mounted or kind.resource != "disk"]
    if not where.mounted:
        say("disk.full is left out: this process may not mount a file system of its own.")
    planned = plan(seed=chosen.seed, faults=chosen.faults, seconds=seconds, kinds=kinds)
    asked = orders(seed=chosen.seed, builds=chosen.builds, seconds=seconds, real=chosen.real)
    fleet = Fleet(where)
    begun = time.monotonic()
    with Lab() as lab, ThreadPoolExecutor(16) as pool:
        for name in ("a", "b"):
            lab.upstream(name).answer(answer)
            lab.upstream(name).latency_s = MODEL_LATENCY_S
        watch = Watch(where.dsn, slots=settings.AUTODEV_SLOTS)
        world = World(where, fleet, watch, lab, pool)
        try:
            servers.begin(fleet.postgres, where)
            call_command("migrate", interactive=False, verbosity=0)
            clients, key = people(where.url, lab)
            world.clients.update(clients)
            visitors = world.visitors = Visitors(where.gateway_url, key)
            fleet.tick()
            wait_until_served(where.url)
            watch.start()
            say(f"{len(planned)} faults, {len(asked)} builds, {where.run}")
            going = Run(world, Asker(world, asked), planned, say)
            going.warm(reference(chosen.seed))
            say(f"{time.monotonic() - begun:5.0f} s  a build without faults has ended; the faults begin")
            visitors.start()
            going.inject(seconds)
            say(f"{time.monotonic() - begun:5.0f} s  the last fault is over")
            rest_s = going.rest()
            going.restart_workers()
            going.idle(HOUSEKEEPING_S)
            say(f"{time.monotonic() - begun:5.0f} s  at rest; judging")
            visitors.stop()
            watch.stop()
            fleet.beat.stop()
            _fresh_connections()
            return _report(chosen, world, going, rest_s)
        finally:
            world.over.set()
            if world.visitors is not None:
                world.visitors.stop()
            watch.stop()
            for client in world.clients.values():
                client.close()
            connections.close_all()
            fleet.stop()


def _fresh_connections() -> None:
    """Those of before the faults are broken."""
    connections.close_all()
    for one in connections.all():
        if isinstance(one, DatabaseWrapper):
            one.close_pool()


def _report(chosen: argparse.Namespace, world: World, going: Run, rest_s: float) -> Report:
    effects = read(world.places.effects)
    visitors = _answered(world)
    pids = frozenset(process.pid for process in world.fleet.all)
    verdicts = judge(
        accepted=world.accepted,
        effects=effects,
        seen=world.watch.broken.values(),
        data=world.places.data,
        whole=not chosen.tests_only,
        except_pids=pids,
        wrong_answers=visitors.wrong,
        answers=visitors.counts.total(),
    )
    poisoned = {effect.pid for effect in effects if effect.key == POISON}
    names = sorted({one.planned.kind for one in going.done})
    by = {
        name: (
            sum(one.planned.kind == name for one in going.done),
            sum(one.planned.kind == name and one.injected for one in going.done),
        )
        for name in names
    }
    return Report(
        seed=chosen.seed,
        seconds=chosen.minutes * 60,
        rest_s=rest_s,
        faults=by,
        ends=_ends(world),
        verdicts=verdicts,
        counts=_counts(world, effects),
        unasked=Counter(f"{name} with {code}" for name, code, pid in going.unasked if pid not in poisoned),
        refused=world.refused,
    )


def _answered(world: World) -> Answered:
    return world.visitors.answered if world.visitors is not None else Answered()


def _ends(world: World) -> list[BuildEnd]:
    found = []
    for build in Build.objects.order_by("created_at"):
        _, sort = world.builds.get(str(build.pk), ("", "probe"))
        steered = world.steered.get(str(build.pk), "")
        why = " | ".join([*build.errors, *build.degraded][:3])
        found.append(BuildEnd(build=str(build.pk), sort=sort, state=build.state, steered=steered, why=why))
    return found


def _counts(world: World, effects: list[Any]) -> dict[str, int]:
    """What the faults led to."""
    by = Counter(Attempt.objects.values_list("outcome", flat=True))
    asked = _answered(world).counts
    calls = sum(upstream.calls for upstream in world.lab.upstreams)
    return {
        **{f"attempts {outcome}": count for outcome, count in sorted(by.items())},
        "effects": len(effects),
        "effects repeated after a crash": repeats(effects),
        "looks at the database": world.watch.sight.looks,
        "calls of models": calls,
        "upstreams' faults that a call met": world.met,
        **{f"visitors' answers {how}": count for how, count in sorted(asked.items())},
    }
