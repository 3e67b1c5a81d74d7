"""An open provider is asked by whoever holds the right to probe it, and by nobody else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from providers.failures.kinds import FailureKind as K
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from providers.states import BreakerState
from providers.targets import Key, Secret
from tests.routing.fakes import HELLO, REQUEST, Break, World, need, target, usual, world
from tests.routing.virtual import run

pytestmark = pytest.mark.feature("F2.9")


def state(here: World, name: str) -> BreakerState:
    found = next(one for one in here.live.targets if one.name == name)
    return here.live.circuits[found.id, ""].state


def test_calls_that_wait_for_the_only_one_close_it_as_probes_would() -> None:
    here = world(usual("a"))

    async def crowd() -> None:
        here.live.open("a", until=1)
        tasks = [complete(REQUEST, need(), ports=here.ports) for _ in range(6)]
        assert [one.completion.text for one in await asyncio.gather(*tasks)] == [HELLO] * 6

    run(crowd())
    assert here.live.trials == [("a", True), ("a", True)]
    assert state(here, "a") is BreakerState.CLOSED


def test_while_another_process_probes_it_nobody_asks() -> None:
    here = world(usual("a"))

    async def wait() -> float:
        here.live.open("a", until=1)
        await asyncio.sleep(2)
        assert await here.live.may_try(here.live.targets[0], None) is not None
        began = asyncio.get_running_loop().time()
        await complete(REQUEST, need(), ports=here.ports)
        return asyncio.get_running_loop().time() - began

    assert 15 <= run(wait()) <= 16  # the lease of a prober that does not come back


def test_a_failed_trial_keeps_it_open_for_longer() -> None:
    here = world(usual("a"))
    here.kind.always("a", Break(K.UNAVAILABLE))

    async def ask() -> None:
        here.live.open("a", until=1)
        with pytest.raises(NoAnswer):
            await complete(REQUEST, need(deadline_s=40), ports=here.ports)

    run(ask())
    at = [moment for moment, _, _ in here.kind.calls]
    assert len(at) == 3
    assert all(later - sooner >= 5 for sooner, later in pairwise(at))
    assert here.live.failures == []  # they were told as probes


def test_one_more_try_is_dropped_where_the_breaker_was_opened_meanwhile() -> None:
    here = world()
    here.kind.say("a", Break(K.UNAVAILABLE))

    async def ask() -> str:
        asked = asyncio.ensure_future(complete(REQUEST, need(), ports=here.ports))
        await asyncio.sleep(0.02)
        assert len(here.live.failures) == 1
        here.live.open("a", until=5)  # another process was the second witness
        return (await asked).provider

    assert run(ask()) == "b"
    assert here.kind.names() == ["a", "b"]


def test_a_key_alone_is_tried_where_only_the_keys_are_out() -> None:
    keys = tuple(Key(id=None, name=name, secret=Secret(name)) for name in ("one", "two"))
    here = world([replace(target("a"), keys=keys)])

    async def ask() -> str:
        here.live.open("a", until=1, key="one", kind="rate_limit")
        here.live.open("a", until=2, key="two", kind="rate_limit")
        return (await complete(REQUEST, need(), ports=here.ports)).calls[0].key_name

    assert run(ask()) == "one"
    assert here.live.trials == [("a", True)]
    assert (here.live.targets[0].id, "") not in here.live.circuits
