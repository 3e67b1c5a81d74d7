"""A workspace whose providers are upstreams of the lab, asked through all of the real parts."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from autodev.accounts.models import Workspace
from providers.chat import ChatRequest
from providers.kinds.litellm import LiteLLMKind
from providers.models import Call, Provider
from providers.routing import background
from providers.routing.need import Need
from tests.factories.accounts import WorkspaceFactory
from tests.providers_lab import Lab, Upstream

T = TypeVar("T")
REQUEST = ChatRequest(messages=({"role": "user", "content": "Say something."},), max_output_tokens=50)
DEADLINES = {"first_token_s": 2.0, "stall_s": 2.0, "total_s": 30.0, "connect_s": 2.0}
PRICE = {"input_usd": 1, "output_usd": 2}


@dataclass
class Real:
    workspace: Workspace
    lab: Lab

    def need(self, **given: Any) -> Need:
        return Need(workspace_id=self.workspace.pk, **given)

    def upstream(self, name: str) -> Upstream:
        return self.lab.upstream(name)

    def calls(self, name: str) -> int:
        return sum(1 for one in self.upstream(name).requests if one.stream)

    def rows(self) -> list[tuple[str, str, str]]:
        rows = Call.objects.filter(workspace=self.workspace).exclude(purpose="probe").order_by("started_at", "attempt")
        return [(row.provider_name, row.outcome, row.failure_kind) for row in rows]


def real(lab: Lab, *names: str, **document: Any) -> Real:
    """Each name is an upstream of the lab and the provider that leads to it."""
    workspace = WorkspaceFactory.create()
    for name in names or ("a", "b"):
        Provider.objects.create(
            workspace=workspace,
            name=name,
            kind="litellm",
            model="openai/lab-model",
            api_base=lab.upstream(name).openai_url,
            keys=["env:OPENAI_API_KEY"],
            document={"deadlines": DEADLINES, "price": PRICE, "capabilities": ["streaming", "tools"], **document},
        )
    return Real(workspace, lab)


def run(work: Coroutine[Any, Any, T]) -> T:
    """On a loop of its own, whose connections are closed afterwards."""

    async def whole() -> T:
        try:
            return await work
        finally:
            await background.finished()
            await LiteLLMKind().close()

    return asyncio.run(whole())
