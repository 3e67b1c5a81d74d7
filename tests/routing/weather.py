"""Providers with random weather, and a live state that is watched."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from providers.chat import ChatRequest, Delta
from providers.failures.kinds import FailureKind as K
from providers.failures.signal import CallFailed, Failure
from providers.live import results
from providers.states import BreakerState
from providers.targets import Key, Target
from tests.routing.fakes import REQUEST, Break, FakeKind, FakeLive, Hang, Say, Step, classify

BAD: tuple[Step, ...] = (
    Break(K.UNAVAILABLE), Break(K.CONNECTION), Break(K.OVERLOADED), Break(K.RATE_LIMIT, retry_after_s=2),
    Break(K.RATE_LIMIT, retry_after_s=25), Break(K.AUTHENTICATION), Break(K.QUOTA), Break(K.TRUNCATED_STREAM, after=3),
    Break(K.UNAVAILABLE, after=2), Break(K.MALFORMED_ANSWER), Break(K.EMPTY_ANSWER), Break(K.UNKNOWN), Hang(),
    Hang(after=4), Say(text=""), Say(finish=None), Say(takes_s=9.0),
)  # fmt: skip


@dataclass
class Watched(FakeLive):
    """`broken` says when an ejection was shortened, or nobody was left."""

    broken: list[str] = field(default_factory=list)

    def happened(self, happened: results.Results) -> None:
        before = dict(self.circuits)
        super().happened(happened)
        for place, circuit in self.circuits.items():
            old = before.get(place)
            if old is None or BreakerState.CLOSED in (old.state, circuit.state) or old.until is None:
                continue
            if circuit.until is None or circuit.until < old.until:
                self.broken.append(f"{place} was to wait until {old.until}, now until {circuit.until}")
        if not any(self.is_closed(one) for one in self.targets if not one.emergency):
            self.broken.append("nobody is left")

    def is_closed(self, target: Target) -> bool:
        circuit = self.circuits.get((target.id, ""))
        return circuit is None or circuit.state is BreakerState.CLOSED


@dataclass
class Weather(FakeKind):
    """Each provider is well for a while, then bad in one way, always or now and then. `given` are the texts of whole
    answers, `uninvited` calls of one whose breaker was open, without the right to probe it."""

    live: Watched = field(default_factory=lambda: Watched([]))
    rng: random.Random = field(default_factory=random.Random)
    seasons: dict[str, tuple[float, Step | None, float]] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    uninvited: list[str] = field(default_factory=list)

    async def stream(self, request: ChatRequest, target: Target, key: Key | None) -> AsyncIterator[Delta]:
        text = ""
        async for delta in super().stream(request, target, key):
            text += delta.text
            if delta.finish is not None and text:
                self.given.add(text)
            yield delta

    async def probes(self) -> None:
        """What the prober of one process does."""
        while True:
            await asyncio.sleep(0.5)
            for one in self.live.targets:
                place = await self.live.may_try(one, None)
                if place is not None:
                    self.live.tried(one, place, await self._probed(one))

    async def _probed(self, target: Target) -> Failure | None:
        try:
            async with asyncio.timeout(self.live.settings.api_timeout):
                await super().complete(REQUEST, target, None)
        except TimeoutError:
            return Failure(kind=K.TIMEOUT, message="no answer to a probe", reason="probe")
        except CallFailed as error:
            return classify(error.signal, None)
        return None

    def _begin(self, request: ChatRequest, target: Target, key: Key | None) -> Step:
        circuit = self.live.circuits.get((target.id, ""))
        if circuit is not None and circuit.state is not BreakerState.CLOSED and not circuit.probe_owner:
            self.uninvited.append(f"{target.name} was {circuit.state} until {circuit.until}: {circuit.reason}")
        super()._begin(request, target, key)
        return self._today(target.name)

    def _today(self, name: str) -> Step:
        now = asyncio.get_running_loop().time()
        end, bad, share = self.seasons.get(name, (0.0, BAD[0], 0.0))
        if now >= end:
            bad = self.rng.choice(BAD) if bad is None else None
            share = self.rng.choice((1.0, 1.0, 0.5, 0.1))
            self.seasons[name] = (now + self.rng.expovariate(1 / (20 if bad else 40)), bad, share)
        if bad is not None and self.rng.random() < share:
            return bad
        number = len(self.calls)
        return Say(text=f"Answer {number} of {name} is whole and ends here.", takes_s=self.rng.uniform(0.01, 0.3))
