"""Ours: the whole of it, over a database in a file, with the poller's thread and probes as in a worker."""

# ruff: noqa: E402 - Django is set up before its models are imported

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")

import django

django.setup()

from django.core.management import call_command

from autodev.accounts.models import Workspace
from autodev.lib.ids import new_id
from bench.router.lab import TEXT
from bench.router.paired import paired
from bench.router.peer import MESSAGES, TIMEOUT_S, bare
from bench.router.system import Call, Json, burst, middle, serve
from providers.chat import ChatRequest, Completion, Delta, Finish, TokenUsage
from providers.failures.signal import Failure
from providers.kinds.models import model_kind
from providers.live import process
from providers.models import Provider
from providers.routing import wiring
from providers.routing.call import complete
from providers.routing.choice import Choice
from providers.routing.choose import choose
from providers.routing.need import Need
from providers.routing.ports import Reservation, Reserved, RoutingPorts, Settlement
from providers.targets import Key, Target

REQUEST = ChatRequest(messages=tuple(MESSAGES))
WORDS = [f"{word} " for word in TEXT.split()]
USED = TokenUsage(input_tokens=20, output_tokens=25)
PRICE = {"input_usd": 1, "output_usd": 2}
DEADLINES = {"first_token_s": TIMEOUT_S, "stall_s": TIMEOUT_S, "total_s": 60.0, "connect_s": TIMEOUT_S}


class NoLedger:
    """Nothing is written: what the routing itself costs."""

    async def reserve(self, reservation: Reservation) -> Reserved:
        return Reserved(call_id=new_id(), decision_id=reservation.decision_id or new_id())

    async def settle(self, call_id: uuid.UUID, reservation: Reservation, settlement: Settlement) -> None:
        return None

    async def cache_hit(self, need: Need, target: Target, request_id: uuid.UUID) -> None:
        return None

    async def unanswered(self, need: Need, choice: Choice) -> None:
        return None

    async def malformed(self, call_id: uuid.UUID, failure: Failure) -> None:
        return None


class Free:
    """A provider that costs next to nothing, so that what is left is the routing's own."""

    name = "free"

    async def complete(self, request: ChatRequest, target: Target, key: Key | None) -> Completion:
        return Completion(text=TEXT, finish=Finish.STOP, usage=USED, model=target.model)

    async def stream(self, request: ChatRequest, target: Target, key: Key | None) -> AsyncIterator[Delta]:
        for word in WORDS:
            await asyncio.sleep(0)
            yield Delta(text=word)
        yield Delta(finish=Finish.STOP, usage=USED)

    async def probe(self, target: Target, key: Key | None) -> None:
        return None


def _workspace(*urls: str) -> str:
    name = f"bench-{new_id().hex}"
    workspace = Workspace.objects.create(name=name, slug=name[:50])
    for place, url in enumerate(urls):
        Provider.objects.create(
            workspace=workspace,
            name="abc"[place],
            kind="litellm",
            model="openai/lab-model",
            api_base=url,
            keys=["env:OPENAI_API_KEY"],
            document={
                "deadlines": DEADLINES,
                "capabilities": ["streaming"],
                "price": PRICE,
            },
        )
    return str(workspace.pk)


def through(workspace: str, ports: RoutingPorts | None = None) -> Call:
    need = Need(workspace_id=uuid.UUID(workspace), emergency=False)

    async def call() -> str:
        return (await complete(REQUEST, need, ports=ports)).completion.text

    return call


async def migrate() -> Json:
    await asyncio.to_thread(call_command, "migrate", verbosity=0, interactive=False)
    return {}


async def workspace(urls: list[str]) -> Json:
    return {"workspace": await asyncio.to_thread(_workspace, *urls)}


async def warm(url: str) -> Json:
    """litellm's first calls load more of it."""
    made = await asyncio.to_thread(_workspace, url)
    return await burst(through(made), requests=20, at_a_time=10)


async def fault(workspace: str, requests: int, at_a_time: int) -> Json:
    return await burst(through(workspace), requests=requests, at_a_time=at_a_time)


async def kind_alone(target: Target) -> str:
    stream = model_kind("litellm").stream(REQUEST, target, target.keys[0])
    return "".join([delta.text async for delta in stream])


async def overhead(url: str, pairs: int, at_a_time: int) -> Json:
    made = await asyncio.to_thread(_workspace, url, url)
    ports = wiring.ports()
    calls: dict[str, Call] = {
        "litellm": bare(url),
        "routed": through(made, replace(ports, ledger=NoLedger())),
        "routed, ledger": through(made),
    }
    await burst(calls["routed, ledger"], requests=10, at_a_time=1)
    view = ports.live.view(uuid.UUID(made))
    assert view is not None
    target, free = view.targets["a"], Free()

    async def free_alone() -> str:
        return "".join([delta.text async for delta in free.stream(REQUEST, target, None)])

    calls["kind"] = lambda: kind_alone(target)
    calls["nothing"] = free_alone
    calls["routing alone"] = through(made, replace(ports, ledger=NoLedger(), kind=lambda _: free))
    against = [
        ("routed", "litellm"), ("routed", "kind"), ("routed, ledger", "routed"), ("kind", "litellm"),
        ("routing alone", "nothing"),
    ]  # fmt: skip
    rows = await paired(calls, against, pairs=pairs, at_a_time=at_a_time)
    need = Need(workspace_id=uuid.UUID(made))
    begun = time.process_time()
    for _ in range(1000):
        choose(view, need, ports.live.now())
    return {"rows": rows, "choose_us": 1000 * (time.process_time() - begun)}


async def watch(workspace: str, until_s: float) -> Json:
    """When this process first knows that the first provider is out (seconds since the epoch)."""
    ports = wiring.ports()
    await ports.live.load(uuid.UUID(workspace))
    end = time.time() + until_s
    while time.time() < end:
        view = ports.live.view(uuid.UUID(workspace))
        if view is not None and not view.circuit("a").closed:
            return {"known_at": time.time()}
        await asyncio.sleep(0.01)
    return {"known_at": None}


async def steady(workspace: str, seconds: float, every_s: float) -> Json:
    """One call at a time, who answered it, and when."""
    need = Need(workspace_id=uuid.UUID(workspace), emergency=False)
    said: list[tuple[float, str, float]] = []
    end = time.time() + seconds
    while time.time() < end:
        begun = time.time()
        answer = await complete(REQUEST, need)
        said.append((begun, answer.provider, 1000 * (time.time() - begun)))
        await asyncio.sleep(max(0.0, every_s - (time.time() - begun)))
    return {"said": said, "p50_ms": middle([ms for _, _, ms in said])}


COMMANDS: dict[str, Any] = {
    "migrate": migrate,
    "workspace": workspace,
    "warm": warm,
    "fault": fault,
    "overhead": overhead,
    "watch": watch,
    "steady": steady,
}

if __name__ == "__main__":
    try:
        serve(COMMANDS)
    finally:
        process.stop()
