"""Workspaces with people, keys and models, and the builds that they ask for."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import httpx

from autodev.accounts.access import Access
from autodev.accounts.models import Role, User
from autodev.accounts.services.api_keys import api_key_create
from autodev.accounts.services.workspaces import workspace_create
from bench.chaos.doors import Client, Refused
from bench.chaos.orders import MODELLED, WORKSPACES, Order
from bench.chaos.world import World
from providers.models import Provider
from tests.providers_lab import Lab

DEADLINES = {"first_token_s": 2.0, "stall_s": 2.0, "total_s": 20.0, "connect_s": 2.0}
PRICE = {"input_usd": 1, "output_usd": 2}


def people(url: str, lab: Lab) -> tuple[dict[str, Client], str]:
    """The workspaces, each with an owner's API key; one asks the lab's models. Gives the clients by workspace, and the
    key of the one with models."""
    owner = User.objects.create_user("owner@example.org", None, name="Owner")
    clients, keys = {}, {}
    for name in (*WORKSPACES, MODELLED):
        workspace = workspace_create(name=name, owner=owner)
        access = Access(workspace=workspace, role=Role.OWNER)
        _, key = api_key_create(access=access, user=owner, name="chaos", scopes=["build"])
        clients[name], keys[name] = Client(url, key), key
        for upstream in ("a", "b") if name == MODELLED else ():
            Provider.objects.create(
                workspace=workspace,
                name=upstream,
                kind="litellm",
                model="openai/lab-model",
                api_base=lab.upstream(upstream).openai_url,
                keys=["env:LAB_KEY"],
                document={
                    "deadlines": DEADLINES,
                    "price": PRICE,
                    "capabilities": ["streaming", "tools", "structured"],
                },
            )
    return clients, keys[MODELLED]


class Asker:
    """Starts the orders when they are due, each until the API has accepted it."""

    def __init__(self, world: World, orders: Sequence[Order]) -> None:
        self._world = world
        self._waiting = deque(sorted(orders, key=lambda one: one.at_s))
        self._orders = {one.key: one for one in orders}
        self._lock = threading.Lock()
        self._open = 0
        world.repeat = self.repeat

    def tick(self, since_s: float) -> None:
        """Hands what is due to other threads."""
        while self._waiting and self._waiting[0].at_s <= since_s:
            self.begin(self._waiting.popleft())

    def begin(self, order: Order) -> None:
        """In another thread; it is not waited for."""
        self._orders[order.key] = order
        with self._lock:
            self._open += 1
        self._world.pool.submit(self._begin, order)

    @property
    def done(self) -> bool:
        """Whether every order was accepted or given up."""
        return not self._waiting and not self._open

    def repeat(self, key: str) -> None:
        """The request of an earlier order again, as a client does that saw no answer."""
        self._ask(self._orders[key])

    def _begin(self, order: Order) -> None:
        try:
            self._ask(order)
        finally:
            with self._lock:
                self._open -= 1

    def _ask(self, order: Order) -> None:
        body: dict[str, Any] = {"idea": order.idea, **order.body}
        try:
            build = self._world.clients[order.workspace].start(body, order.key)
        except Refused as refusal:
            self._world.refused[order.key] = str(refusal)
            return
        with self._lock:
            self._world.accepted.setdefault(order.key, []).append(build)
            self._world.builds[build] = (order.workspace, order.sort)


def wait_until_served(url: str, *, timeout_s: float = 60.0) -> None:
    """Raises TimeoutError where the web process does not answer in time."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        try:
            httpx.get(f"{url}/healthz", timeout=2.0, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"{url} does not answer")
