"""A provider that never goes out, and fails now and then: how often its breaker opens all the same. No server and no
waiting: a loop whose clock jumps, and the real transitions."""

from __future__ import annotations

import asyncio
import datetime as dt
import random

from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.health import probes
from providers.live import results
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from tests.routing.fakes import REQUEST, Break, FakeLive, Say, Step, need, world
from tests.routing.virtual import run

K = FailureKind
KINDS = (K.UNAVAILABLE, K.OVERLOADED, K.CONNECTION, K.TIMEOUT, K.MALFORMED_ANSWER)
AT_A_TIME = 10


class Noisy:
    """Fails with a chance of `share`."""

    def __init__(self, share: float, seed: int) -> None:
        self.random = random.Random(seed)
        self.share = share

    def step(self) -> Step:
        took_s = self.random.uniform(0.2, 2.0)
        if self.random.random() < self.share:
            return Break(self.random.choice(KINDS), takes_s=took_s / 2)
        return Say(takes_s=took_s)


def trace(*, calls: int, share: float = 0.05, seed: int = 1) -> dict[str, float]:
    """Openings of the primary's breaker, calls that the secondary answered, and requests that nobody did."""
    noisy = Noisy(share, seed)
    here = world(random=noisy.random.random)
    here.kind.always("a", noisy.step)
    answered = {"a": 0, "b": 0, "nobody": 0}

    async def whole() -> None:
        prober = asyncio.ensure_future(_probe(here.live, noisy))
        left = iter(range(calls))

        async def caller() -> None:
            for _ in left:
                try:
                    answered[(await complete(REQUEST, need(), ports=here.ports)).provider] += 1
                except NoAnswer:
                    answered["nobody"] += 1
                await asyncio.sleep(noisy.random.uniform(0.0, 1.0))

        await asyncio.gather(*(caller() for _ in range(AT_A_TIME)))
        prober.cancel()

    run(whole())
    return {
        "calls": calls,
        "failed": len(here.live.failures),
        "opened": len(here.live.opened),
        "switched": here.live.switches,
        "elsewhere": answered["b"],
        "nobody": answered["nobody"],
    }


async def _probe(live: FakeLive, noisy: Noisy) -> None:
    """What a worker's prober does: it looks twice a second, and its probe fails as often as any call."""
    while True:
        await asyncio.sleep(0.5)
        now = dt.datetime.fromtimestamp(live.now(), tz=dt.UTC)
        for place, circuit in list(live.circuits.items()):
            if not probes.probe_due(circuit, now, live.settings):
                continue
            live.circuits[place] = probes.reserve(circuit, "bench", now, live.settings)
            failed = noisy.random.random() < noisy.share
            failure = Failure(kind=FailureKind.UNAVAILABLE, message="noise", reason="bench") if failed else None
            live.happened([(place, results.Probed(at=now, failure=failure, owner="bench"))])
