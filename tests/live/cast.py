"""A workspace with providers, failures by kind, and a process's state driven by hand."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

from autodev.accounts.models import Workspace
from providers.chat import ChatRequest, Completion, Delta, Finish, TokenUsage
from providers.failures.kinds import FailureKind
from providers.failures.signal import CallFailed, Failure, Signal
from providers.live.state import LiveState
from providers.live.view import Circuit
from providers.models import Breaker, Provider
from providers.targets import Key, Target
from tests.factories.accounts import WorkspaceFactory

OPENAI = ("env:OPENAI_API_KEY",)


def provider(workspace: Workspace, name: str, *, keys: tuple[str, ...] = OPENAI, **document: Any) -> Provider:
    return Provider.objects.create(
        workspace=workspace, name=name, kind="litellm", model=f"openai/{name}", keys=list(keys), document=document
    )


def fleet(*names: str, **document: Any) -> Workspace:
    """A workspace with these providers, each with one key."""
    workspace = WorkspaceFactory.create()
    for name in names:
        provider(workspace, name, **document)
    return workspace


def failure(kind: FailureKind = FailureKind.AUTHENTICATION, *, retry_after_s: float | None = None) -> Failure:
    return Failure(kind=kind, message=f"it said {kind}", reason="test", retry_after_s=retry_after_s)


class Process:
    """A process's live state, with what its thread does called by hand."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.workspace_id = workspace.pk
        self.state = LiveState()
        self.state.load_now(workspace.pk)

    def another(self) -> Process:
        """Another process that serves the same workspace."""
        return Process(self.workspace)

    def target(self, name: str) -> Target:
        view = self.state.view(self.workspace_id)
        assert view is not None
        return view.targets[name]

    def circuit(self, name: str, key_name: str = "") -> Circuit:
        view = self.state.view(self.workspace_id)
        assert view is not None
        return view.circuit(name, key_name)

    def fails(self, name: str, kind: FailureKind = FailureKind.AUTHENTICATION, *, key: str = "", **more: Any) -> None:
        target = self.target(name)
        used: Key | None = next((one for one in target.keys if key in {"", one.name}), None)
        self.state.failed(target=target, key=used, failure=failure(kind, **more))

    def answers(self, name: str, times: int = 1, *, first_token_ms: float = 20.0) -> None:
        target = self.target(name)
        for _ in range(times):
            self.state.succeeded(
                target=target, key=target.keys[0], first_token_ms=first_token_ms, total_ms=2 * first_token_ms
            )

    def share(self) -> None:
        """What the thread does at a look."""
        self.state.flush()
        self.state.poll()


class Upstream:
    """A kind whose targets are well or not, as a test says; it counts its probes."""

    name = "litellm"

    def __init__(self) -> None:
        self.down: dict[str, FailureKind] = {}
        self.probes: list[str] = []

    async def complete(self, request: ChatRequest, target: Target, key: Key | None) -> Completion:
        await self.probe(target, key)
        return Completion(text="ok", finish=Finish.STOP, usage=TokenUsage(), model=target.model)

    async def stream(self, request: ChatRequest, target: Target, key: Key | None) -> AsyncIterator[Delta]:
        yield Delta(text=(await self.complete(request, target, key)).text)
        yield Delta(finish=Finish.STOP, usage=TokenUsage())

    async def probe(self, target: Target, key: Key | None) -> None:
        self.probes.append(target.name if key is None or len(target.keys) == 1 else f"{target.name}/{key.name}")
        kind = self.down.get(target.name)
        if kind is not None:
            raise CallFailed(_signal(kind))


def row(provider_id: uuid.UUID, key_name: str = "") -> Breaker:
    return Breaker.objects.get(provider_id=provider_id, key_name=key_name)


_SIGNALS: Mapping[FailureKind, Signal] = {
    FailureKind.AUTHENTICATION: Signal(text="Incorrect API key provided", http_status=401),
    FailureKind.UNAVAILABLE: Signal(text="Service Unavailable", http_status=503),
    FailureKind.TIMEOUT: Signal(text="timed out", exception_class="builtins.TimeoutError"),
}


def _signal(kind: FailureKind) -> Signal:
    return _SIGNALS[kind]
