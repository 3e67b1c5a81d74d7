from __future__ import annotations

import asyncio

import pytest

from providers.kinds.litellm import LiteLLMKind
from tests.providers_lab import Lab
from tests.providers_lab.fixtures import _lab, lab
from tests.routing.fakes import REQUEST, target

__all__ = ["_lab", "lab"]


@pytest.fixture(scope="session")
def _warm(_lab: Lab) -> None:
    """litellm's first call loads more of it, which must not count against a provider's time in a test."""
    first = target("warm", kind="litellm", model="openai/lab-model", api_base=_lab.upstream("warm").openai_url)

    async def one() -> None:
        kind = LiteLLMKind()
        await kind.complete(REQUEST, first, first.keys[0])
        async for _ in kind.stream(REQUEST, first, first.keys[0]):
            pass
        await kind.close()

    asyncio.run(one())
