"""Hysteresis over hours: noise moves nobody, an outage does, and its end brings the primary back."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from providers.failures.kinds import FailureKind as K
from providers.live.view import ChainView
from providers.routing.call import complete
from providers.states import Strategy
from tests.routing.fakes import REQUEST, Break, Say, Step, World, need, target, world
from tests.routing.virtual import run
from tests.routing.weather import Watched, Weather

pytestmark = pytest.mark.feature("F2.6")
HICCUPS = (K.UNAVAILABLE, K.TRUNCATED_STREAM, K.MALFORMED_ANSWER, K.UNKNOWN, K.OVERLOADED)


@dataclass
class Noisy(Weather):
    """Each call of a and b fails with this probability, and takes what it takes; `down` fails always."""

    share: float = 0.05
    down: str = ""

    def _today(self, name: str) -> Step:
        if name == self.down:
            return Break(K.UNAVAILABLE)
        if name != "c" and self.rng.random() < self.share:
            return Break(self.rng.choice(HICCUPS))
        return Say(takes_s=self.rng.lognormvariate(-1.0, 0.7))


def noisy(seed: int, strategy: Strategy) -> tuple[World, Noisy, Watched]:
    rng = random.Random(seed)  # noqa: S311 - noise that comes again
    live = Watched([target(name) for name in "abc"])
    live.chains = {"default": ChainView(task_kind="default", strategy=strategy, providers=("a", "b", "c"))}
    kind = Noisy(live=live, rng=rng)
    here = world(random=rng.random)
    here.ledger.served = live.served
    return replace(here, live=live, kind=kind, ports=replace(here.ports, live=live, kind=lambda _: kind)), kind, live


async def asks(here: World, calls: int, *, every_s: float = 0.5) -> list[tuple[float, str]]:
    """Who answered, and when, one call after the other."""
    found = []
    for _ in range(calls):
        answer = await complete(REQUEST, need(), ports=here.ports)
        found.append((asyncio.get_running_loop().time(), answer.provider))
        await asyncio.sleep(every_s)
    return found


@pytest.mark.parametrize("strategy", [Strategy.PRIMARY_SECONDARY, Strategy.PERFORMANCE_BASED])
@pytest.mark.parametrize("seed", range(2))
def test_noise_makes_nobody_take_turns(seed: int, strategy: Strategy) -> None:
    here, kind, live = noisy(seed, strategy)

    async def hours() -> Counter[str]:
        probes = asyncio.ensure_future(kind.probes())
        found = Counter(name for _, name in await asks(here, 1200))
        probes.cancel()
        with suppress(asyncio.CancelledError):
            await probes
        return found

    served = run(hours())
    assert live.switches <= 6  # three clusters of failures that came by chance, each with its way back
    assert len(live.opened) <= 1
    assert live.broken == kind.uninvited == []
    if strategy is Strategy.PRIMARY_SECONDARY:
        assert served["a"] >= 0.85 * served.total()  # where it fails, others answer
        assert live.incumbents["default"].provider == "a"


def test_an_outage_moves_the_work_once_and_its_end_brings_it_back() -> None:
    here, kind, live = noisy(1, Strategy.PRIMARY_SECONDARY)
    kind.share = 0.0

    async def outage() -> tuple[list[tuple[float, str]], list[tuple[float, str]], float]:
        probes = asyncio.ensure_future(kind.probes())
        await asks(here, 40)
        kind.down = "a"
        during = await asks(here, 120)
        kind.down, healed_at = "", asyncio.get_running_loop().time()
        after = await asks(here, 120)
        probes.cancel()
        with suppress(asyncio.CancelledError):
            await probes
        return during, after, healed_at

    during, after, healed_at = run(outage())
    assert {name for _, name in during} == {"b"}
    assert live.switches == 2
    back_at = next(at for at, name in after if name == "a")
    assert back_at - healed_at <= 30
    assert {name for at, name in after if at >= back_at} == {"a"}
