"""One provider as a call sees it: immutable, made from its row when a snapshot is loaded."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from providers.chat import ChatRequest, Completion, Delta


class Capability(StrEnum):
    TOOLS = "tools"
    VISION = "vision"
    STRUCTURED = "structured"
    STREAMING = "streaming"
    REASONING = "reasoning"


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that does not print itself."""

    value: str

    @property
    def mark(self) -> str:
        """What tells it from others without saying it."""
        return hashlib.blake2b(self.value.encode(), digest_size=12).hexdigest()

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


@dataclass(frozen=True, kw_only=True)
class Key:
    """One credential of a provider; `id` is None for one from the environment (`name` is then `env:NAME`)."""

    id: uuid.UUID | None
    name: str
    secret: Secret


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars per million tokens. `source` and `as_of` say where it stands."""

    input_usd: Decimal
    output_usd: Decimal
    cached_usd: Decimal | None = None
    cache_write_usd: Decimal | None = None
    source: str = ""
    as_of: str = ""


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """Seconds. One budget for the whole chain: what an attempt used is gone for the next one."""

    first_token_s: float = 30.0
    stall_s: float = 15.0
    total_s: float = 600.0
    connect_s: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Target:
    """`kind` names the provider kind (`litellm`, `blueprint`, …), `model` is litellm's name with its provider
    (`anthropic/…`, `openai/…`). `upstream` is the fate that it shares with others of the same word. `params` are passed
    with each call. `price` None is unknown; a local one costs nothing and has zeros."""

    id: uuid.UUID
    workspace_id: uuid.UUID
    name: str
    kind: str
    model: str = ""
    api_base: str = ""
    keys: tuple[Key, ...] = ()
    needs_key: bool = True
    emergency: bool = False
    upstream: str = ""
    region: str = ""
    capabilities: frozenset[Capability] = frozenset({Capability.STREAMING})
    context_window: int | None = None
    max_output_tokens: int | None = None
    price: Price | None = None
    health_weight: float = 1.0
    max_concurrency: int | None = None
    deadlines: Deadlines = field(default_factory=Deadlines)
    params: Mapping[str, Any] = field(default_factory=dict)


class ModelKind(Protocol):
    """A provider kind whose targets complete messages. It makes exactly one attempt (no retries of its own), raises
    CallFailed with what it saw, and closes its connection when the coroutine or iterator is cancelled or closed. Time
    limits but the connection's are the caller's: it cancels."""

    name: str

    async def complete(self, request: ChatRequest, target: Target, key: Key | None) -> Completion: ...

    def stream(self, request: ChatRequest, target: Target, key: Key | None) -> AsyncIterator[Delta]:
        """Ends after the delta with `finish` was seen; raises CallFailed where the stream ends without one."""
        ...

    async def probe(self, target: Target, key: Key | None) -> None:
        """A cheap request that shows that the provider answers with this key. Raises CallFailed."""
        ...
