"""The rooms around the routing, in memory: circuits by the real transitions, a ledger, providers with a script."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from autodev.lib.ids import new_id
from providers.chat import ChatRequest, Completion, Delta, Finish, TokenUsage
from providers.failures.kinds import FailureKind
from providers.failures.signal import CallFailed, Failure, Signal
from providers.health import probes
from providers.health.circuit import Circuit
from providers.health.metrics import metrics_of
from providers.health.settings import DEFAULTS, HealthSettings
from providers.live import results, view
from providers.live.view import WorkspaceView
from providers.money import prices
from providers.routing.choice import Choice
from providers.routing.need import Need
from providers.routing.ports import BudgetExceeded, LedgerAway, Reservation, Reserved, RoutingPorts, Settlement
from providers.states import BreakerState
from providers.targets import Capability, Key, Price, Secret, Target

WORKSPACE = uuid.UUID(int=1)
EPOCH = 1_700_000_000.0
REQUEST = ChatRequest(messages=({"role": "user", "content": "Say hello."},))
COUNTED = TokenUsage(input_tokens=10, output_tokens=8)
HELLO = "Hello, world, this is a whole answer."


def target(name: str, **given: Any) -> Target:
    values: dict[str, Any] = {
        "id": uuid.uuid5(WORKSPACE, name),
        "workspace_id": WORKSPACE,
        "kind": "fake",
        "model": f"fake/{name}",
        "keys": (Key(id=None, name="one", secret=Secret(f"secret-{name}")),),
        "price": Price(input_usd=Decimal(1), output_usd=Decimal(2)),
    }
    return Target(name=name, **(values | given))


def need(**given: Any) -> Need:
    return Need(**({"workspace_id": WORKSPACE} | given))


def usual(*names: str) -> list[Target]:
    return [target(name) for name in names or ("a", "b")]


@dataclass
class FakeLive:
    """Circuits by `providers.live.results`, without a database and at once in all of the process."""

    targets: list[Target]
    chains: Mapping[str, view.ChainView] = field(default_factory=dict)
    settings: HealthSettings = DEFAULTS
    more: dict[str, Any] = field(default_factory=dict)
    circuits: dict[results.CircuitId, Circuit] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    failures: list[tuple[str, Failure]] = field(default_factory=list)
    successes: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    trials: list[tuple[str, bool]] = field(default_factory=list)
    incumbents: dict[str, view.Incumbent] = field(default_factory=dict)
    switches: int = 0
    loaded: int = 0
    cold: bool = False

    def now(self) -> float:
        return EPOCH + asyncio.get_running_loop().time()

    def view(self, workspace_id: uuid.UUID) -> WorkspaceView | None:
        return None if self.cold else self.snapshot()

    async def load(self, workspace_id: uuid.UUID) -> WorkspaceView:
        self.loaded += 1
        return self.snapshot()

    def snapshot(self) -> WorkspaceView:
        names = {one.id: one.name for one in self.targets}
        moment = dt.datetime.fromtimestamp(self.now(), tz=dt.UTC)
        return WorkspaceView(
            workspace_id=WORKSPACE,
            targets={one.name: one for one in self.targets},
            chains=self.chains,
            circuits={
                (names[place[0]], place[1]): seen(names[place[0]], circuit, moment, self.settings)
                for place, circuit in self.circuits.items()
            },
            **({"incumbents": dict(self.incumbents)} | self.more),
        )

    def served(self, task_kind: str, leader: str) -> None:
        known = self.incumbents.get(task_kind)
        if known is None or known.provider != leader:
            self.switches += known is not None
            self.incumbents[task_kind] = view.Incumbent(provider=leader, since=self.now())

    async def may_try(self, target: Target, key: Key | None) -> results.CircuitId | None:
        place, moment = (target.id, ""), dt.datetime.fromtimestamp(self.now(), tz=dt.UTC)
        if key is not None and self.circuits.get(place, Circuit()).state == BreakerState.CLOSED:
            place = (target.id, key.name)
        circuit = self.circuits.get(place, Circuit())
        if not probes.probe_due(circuit, moment, self.settings):
            return None
        self.circuits[place] = probes.reserve(circuit, "me", moment, self.settings)
        return place

    def tried(self, target: Target, place: results.CircuitId, failure: Failure | None) -> None:
        self.trials.append((target.name, failure is None))
        at = dt.datetime.fromtimestamp(self.now(), tz=dt.UTC)
        self.happened([(place, results.Probed(at=at, failure=failure, owner="me"))])

    def asked(self, target: Target) -> None:
        self.sent.append(target.name)

    def succeeded(self, *, target: Target, key: Key | None, first_token_ms: float, total_ms: float) -> None:
        self.successes.append(target.name)
        at = dt.datetime.fromtimestamp(self.now(), tz=dt.UTC)
        said = results.Succeeded(at=at, first_token_ms=first_token_ms)
        self.happened([(place, said) for place in results.circuits_of_success(target, key)])

    def failed(
        self, *, target: Target, key: Key | None, failure: Failure, first_token_ms: float | None, total_ms: float
    ) -> None:
        self.failures.append((target.name, failure))
        at = dt.datetime.fromtimestamp(self.now(), tz=dt.UTC)
        started_at = at - dt.timedelta(milliseconds=total_ms)
        said = results.Failed(at=at, failure=failure, started_at=started_at)
        self.happened([(results.circuit_of_failure(target, key, failure), said)])

    def happened(self, happened: results.Results) -> None:
        names = {one.id: one.name for one in self.targets}
        for place, transition in results.fold(self.circuits, happened, results.members(self.targets), self.settings):
            if transition.opened:
                self.opened.append(names[place[0]])

    def open(self, name: str, *, kind: str = "unavailable", until: float = 60.0, key: str = "") -> None:
        """Opens the circuit of this provider for so many seconds."""
        found = next(one for one in self.targets if one.name == name)
        self.circuits[found.id, key] = Circuit(
            state=BreakerState.OPEN,
            failure_kind=kind,
            reason=kind,
            until=dt.datetime.fromtimestamp(self.now() + until, tz=dt.UTC),
        )


def seen(name: str, circuit: Circuit, moment: dt.datetime, settings: HealthSettings) -> view.Circuit:
    suspicion = circuit.suspicion
    return view.Circuit(
        state=circuit.state,
        until=circuit.until.timestamp() if circuit.until is not None else None,
        failure_kind=circuit.failure_kind,
        reason=circuit.reason,
        suspected_until=suspicion.since.timestamp() + settings.suspicion_s if suspicion is not None else None,
        metrics=metrics_of(name, circuit, moment),
        samples=circuit.window.samples,
        heard_at=circuit.window.heard_at,
    )


@dataclass
class FakeLedger:
    """`room` is how much may still be reserved, None is no limit."""

    room: Decimal | None = None
    reserved: list[Reservation] = field(default_factory=list)
    settled: list[tuple[Reservation, Settlement]] = field(default_factory=list)
    hits: list[str] = field(default_factory=list)
    nobody: list[Choice] = field(default_factory=list)
    useless: list[str] = field(default_factory=list)
    served: Callable[[str, str], None] | None = None
    takes_s: float = 0.0
    settling_s: float = 0.0
    broken: bool = False
    away: bool = False

    async def reserve(self, reservation: Reservation) -> Reserved:
        if self.served is not None and reservation.choice is not None and reservation.choice.leader:
            self.served(reservation.need.task_kind, reservation.choice.leader)
        if self.takes_s:
            await asyncio.sleep(self.takes_s)
        if self.away:
            raise LedgerAway
        if self.room is not None:
            if reservation.estimate_usd > self.room:
                raise BudgetExceeded("build")
            self.room -= reservation.estimate_usd
        self.reserved.append(reservation)
        return Reserved(call_id=new_id(), decision_id=reservation.decision_id or new_id())

    async def settle(self, call_id: uuid.UUID, reservation: Reservation, settlement: Settlement) -> None:
        if self.broken:
            raise OSError("the database is away")
        if self.settling_s:
            await asyncio.sleep(self.settling_s)
        self.settled.append((reservation, settlement))
        if self.room is not None:
            self.room += reservation.estimate_usd - settlement.cost_usd

    async def cache_hit(self, need: Need, target: Target, request_id: uuid.UUID) -> None:
        self.hits.append(target.name)

    async def unanswered(self, need: Need, choice: Choice) -> None:
        self.nobody.append(choice)

    async def malformed(self, call_id: uuid.UUID, failure: Failure) -> None:
        self.useless.append(failure.message)

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(one.target.name, str(said.outcome)) for one, said in self.settled]


@dataclass
class Hang:
    """Silence, after so many pieces."""

    after: int = 0


@dataclass
class Break:
    """A failure of this kind, after so many pieces."""

    kind: FailureKind
    after: int = 0
    retry_after_s: float | None = None
    takes_s: float = 0.01


@dataclass
class Say:
    """An answer word by word. `takes_s` before the first one."""

    text: str = HELLO
    finish: Finish | None = Finish.STOP
    takes_s: float = 0.02
    usage: TokenUsage | None = COUNTED
    deltas: tuple[Delta, ...] = ()
    pause_s: float = 0.0


Step = Hang | Break | Say | BaseException


@dataclass
class FakeKind:
    """`script` gives each provider its steps in order; `standing` holds after them, a plain answer by default."""

    script: dict[str, deque[Step]] = field(default_factory=dict)
    standing: dict[str, Step | Callable[[], Step]] = field(default_factory=dict)
    calls: list[tuple[float, str, str]] = field(default_factory=list)
    requests: list[ChatRequest] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    closed: list[str] = field(default_factory=list)
    name: str = "fake"

    def say(self, name: str, *steps: Step) -> None:
        self.script[name] = deque(steps)

    def always(self, name: str, step: Step | Callable[[], Step]) -> None:
        self.standing[name] = step

    def count(self, name: str) -> int:
        return sum(called == name for _, called, _ in self.calls)

    def names(self) -> list[str]:
        return [called for _, called, _ in self.calls]

    async def stream(self, request: ChatRequest, target: Target, key: Key | None) -> AsyncIterator[Delta]:
        step = self._begin(request, target, key)
        self.under_way += 1
        self.most_under_way = max(self.under_way, self.most_under_way)
        try:
            async for delta in _played(step, target):
                yield delta
        finally:
            self.under_way -= 1
            self.closed.append(target.name)

    async def complete(self, request: ChatRequest, target: Target, key: Key | None) -> Completion:
        step = self._begin(request, target, key)
        text, usage = "", None
        async for delta in _played(step, target):
            text, usage = text + delta.text, delta.usage or usage
        return Completion(text=text, finish=Finish.STOP, usage=usage or TokenUsage(), model=target.model)

    async def probe(self, target: Target, key: Key | None) -> None:
        await self.complete(REQUEST, target, key)

    def _begin(self, request: ChatRequest, target: Target, key: Key | None) -> Step:
        at = asyncio.get_running_loop().time()
        self.calls.append((at, target.name, key.name if key is not None else ""))
        self.requests.append(request)
        if self.script.get(target.name):
            return self.script[target.name].popleft()
        standing = self.standing.get(target.name, Say())
        return standing() if callable(standing) else standing


async def _played(step: Step, target: Target) -> AsyncIterator[Delta]:
    if isinstance(step, BaseException):
        raise step
    words = [f"{word} " for word in (step.text if isinstance(step, Say) else HELLO).split()]
    words = [*words[:-1], *(word.rstrip() for word in words[-1:])]
    if isinstance(step, Say):
        await asyncio.sleep(step.takes_s)
        for delta in step.deltas or tuple(Delta(text=word, model=f"{target.name}-1") for word in words if step.text):
            yield delta
            if step.pause_s:
                await asyncio.sleep(step.pause_s)
        if step.finish is not None:
            yield Delta(finish=step.finish, usage=step.usage)
        return
    await asyncio.sleep(getattr(step, "takes_s", 0.01))
    for word in words[: step.after]:
        yield Delta(text=word)
    if isinstance(step, Hang):
        await asyncio.sleep(100_000)
    else:
        raise failing(step.kind, retry_after_s=step.retry_after_s)


def failing(kind: FailureKind, *, retry_after_s: float | None = None) -> CallFailed:
    headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}
    return CallFailed(Signal(text=f"it failed: {kind}", error_type=str(kind), headers=headers))


def classify(signal: Signal, patterns: Any) -> Failure:
    wait = signal.headers.get("retry-after")
    return Failure(
        kind=FailureKind(signal.error_type),
        message=signal.text,
        reason="fake",
        retry_after_s=float(wait) if wait else None,
    )


@dataclass
class FakeCache:
    kept: dict[tuple[str, str], Completion] = field(default_factory=dict)

    async def get(self, request: ChatRequest, need: Need, target: Target) -> Completion | None:
        return self.kept.get((repr(request), target.model))

    async def put(self, request: ChatRequest, need: Need, target: Target, completion: Completion) -> None:
        self.kept[repr(request), target.model] = completion


@dataclass
class World:
    """All of it together."""

    live: FakeLive
    kind: FakeKind
    ledger: FakeLedger
    ports: RoutingPorts
    unknown: list[Signal]


def world(targets: Iterable[Target] | None = None, *, random: Callable[[], float] = lambda: 0.5, **more: Any) -> World:
    """`more` goes to the view."""
    chains = more.pop("chains", {})
    live = FakeLive(list(targets) if targets is not None else usual(), chains=chains, more=more)
    kind, ledger, unknown = FakeKind(), FakeLedger(served=live.served), list[Signal]()

    async def count(signal: Signal, failure: Failure) -> None:
        unknown.append(signal)

    ports = RoutingPorts(
        live=live,
        ledger=ledger,
        kind=lambda _: kind,
        speaks=lambda name: name == "fake",
        classify=classify,
        signal_of=lambda error: Signal(text=str(error), error_type="unknown"),
        tokens=lambda request: 1000,
        cost=prices.cost_of,
        estimate=prices.estimate,
        unknown=count,
        random=random,
    )
    return World(live=live, kind=kind, ledger=ledger, ports=ports, unknown=unknown)


def with_ports(here: World, **changes: Any) -> World:
    return replace(here, ports=replace(here.ports, **changes))


STREAMS = frozenset({Capability.STREAMING})
