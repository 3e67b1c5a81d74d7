"""The lab, and the kind with what it needs for a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from providers.kinds.litellm import LiteLLMKind
from providers.targets import Deadlines
from tests.providers.kinds.calls import KEY, Caller, target
from tests.providers.kinds.hostile import Hostile
from tests.providers_lab import Lab, Upstream
from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "lab"]


@pytest.fixture
def upstream(lab: Lab) -> Upstream:
    return lab.upstream("kinds")


@pytest.fixture
async def kind() -> AsyncIterator[LiteLLMKind]:
    found = LiteLLMKind()
    yield found
    await found.close()


@pytest.fixture(params=["openai/m", "anthropic/claude-lab", "gemini/gemini-lab"], ids=["openai", "anthropic", "gemini"])
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[False, True], ids=["whole", "stream"])
def stream(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def caller(kind: LiteLLMKind, upstream: Upstream, model: str, stream: bool) -> Caller:
    """Calls the model of this test's wire format, with or without streaming."""
    deadlines = Deadlines(total_s=30, connect_s=2)
    return Caller(kind, target(model, upstream, deadlines=deadlines), KEY, stream=stream)


@pytest.fixture
async def hostile() -> AsyncIterator[Hostile]:
    found = Hostile()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()


@pytest.fixture
def asker(kind: LiteLLMKind, hostile: Hostile, stream: bool) -> Caller:
    return Caller(kind, hostile.target(), KEY, stream=stream)
