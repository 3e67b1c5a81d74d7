"""Two hundred calls of one workspace: what others of the same key feel, and what happens when it dies under them."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from typing import Any

import pytest

from providers.failures.kinds import FailureKind as K
from providers.routing import run as run_module
from providers.routing.call import complete
from providers.routing.choice import Choice
from providers.routing.choose import choose
from providers.routing.limits import FIRST
from providers.targets import Key, Secret
from tests.routing.fakes import REQUEST, Break, Hang, Say, World, need, target, with_ports, world
from tests.routing.virtual import run

KEY = Key(id=None, name="env:KEY", secret=Secret("shared"))
OTHER = uuid.UUID(int=2)
CROWD = 200


@pytest.mark.feature("F2.7")
def test_a_crowd_starves_nobody_of_the_same_key() -> None:
    here = world([target("a", keys=(KEY,), model="m")])
    there = world([target("x", keys=(KEY,), model="m", workspace_id=OTHER)])
    there = with_ports(there, traffic=here.ports.traffic)
    for each in (here, there):
        each.kind.always("a", Say(takes_s=1.0))
        each.kind.always("x", Say(takes_s=1.0))

    async def waited(world_: World, workspace_id: uuid.UUID) -> float:
        began = asyncio.get_running_loop().time()
        await complete(REQUEST, need(workspace_id=workspace_id), ports=world_.ports)
        return asyncio.get_running_loop().time() - began

    async def both() -> tuple[list[float], list[float]]:
        crowd = [asyncio.ensure_future(waited(here, need().workspace_id)) for _ in range(CROWD)]
        await asyncio.sleep(0.1)
        few = await asyncio.gather(*(waited(there, OTHER) for _ in range(5)))
        return await asyncio.gather(*crowd), few

    crowd, few = run(both())
    assert max(few) <= 2.0  # the room that comes free next, and the answer
    assert max(crowd) >= CROWD / FIRST * 0.8


@pytest.mark.feature("F2.9")
@pytest.mark.parametrize("kind", [K.AUTHENTICATION, K.UNAVAILABLE])
def test_who_waits_for_room_does_not_run_into_a_wall_that_others_found(kind: K) -> None:
    here = world([target("a", max_concurrency=10), target("b", max_concurrency=10)])
    here.kind.always("a", Break(kind, takes_s=1.0))
    here.kind.always("b", Say(takes_s=0.5))

    async def crowd() -> Counter[str]:
        asked = [complete(REQUEST, need(), ports=here.ports) for _ in range(CROWD)]
        return Counter(one.provider for one in await asyncio.gather(*asked))

    assert run(crowd()) == {"b": CROWD}
    assert here.kind.count("a") <= 11


def test_who_waits_for_room_is_told_where_nobody_is_left() -> None:
    here = world([target("a", max_concurrency=1), target("c", capabilities=frozenset())])
    here.kind.say("a", Hang())

    async def two() -> str:
        first = asyncio.ensure_future(complete(REQUEST, need(deadline_s=30, only=("a",)), ports=here.ports))
        await asyncio.sleep(0.1)
        second = asyncio.ensure_future(complete(REQUEST, need(deadline_s=90, only=("a",)), ports=here.ports))
        await asyncio.sleep(1)
        here.live.open("a", until=20)
        await asyncio.gather(first, return_exceptions=True)
        return (await second).provider

    assert run(two()) == "a"
    assert here.live.trials == [("a", True)]


def test_who_need_not_wait_chooses_once(monkeypatch: pytest.MonkeyPatch) -> None:
    here, chosen = world(), 0

    def counted(*given: Any, **more: Any) -> Choice:
        nonlocal chosen
        chosen += 1
        return choose(*given, **more)

    monkeypatch.setattr(run_module, "choose", counted)
    asyncio.run(complete(REQUEST, need(), ports=here.ports))  # by a clock that goes on between two lines
    assert chosen == 1
