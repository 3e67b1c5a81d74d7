"""litellm, loaded once a process, off the event loop, and made quiet."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import threading
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

# It reads no `.env` of the working folder and asks the network for nothing, when imported or later.
_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_MODE": "PRODUCTION",
}
_lock = threading.Lock()
_loaded: Library | None = None


class Library:
    """litellm's module and the switch of its bookkeeping: callbacks, cost, log payloads, which are not wanted here and
    whose worker binds itself to one event loop. `machinery` names the arguments of a call that it takes for itself,
    `openai_stream` is the class of a stream of OpenAI's client; `finish_reason` and `usage` put into one form what
    providers say of both."""

    def __init__(self, module: Any) -> None:
        types = importlib.import_module("litellm.types.utils")
        self.module = module
        self.bookkeeping_off: ContextVar[bool] = importlib.import_module("litellm._internal_context").is_internal_call
        self.machinery: frozenset[str] = frozenset(types.all_litellm_params)
        self.openai_stream: type[Any] = importlib.import_module("openai").AsyncStream
        self.finish_reason: Callable[[str], str] = importlib.import_module(
            "litellm.litellm_core_utils.core_helpers"
        ).map_finish_reason
        self.usage: Callable[..., Any] = types.Usage


async def library() -> Library:
    """Waits for the import without holding up the event loop."""
    return _loaded if _loaded is not None else await asyncio.to_thread(load)


def loaded() -> bool:
    """Whether it is imported by now."""
    return _loaded is not None


def load() -> Library:
    """litellm, imported if it is not yet. Blocks for seconds the first time."""
    global _loaded  # noqa: PLW0603 - one library a process
    with _lock:
        found = _loaded or _load()
        _loaded = found
        return found


def _load() -> Library:
    os.environ.update(_ENVIRONMENT)
    module: Any = importlib.import_module("litellm")
    module.telemetry = False
    module.suppress_debug_info = True
    module.drop_params = True
    module.disable_streaming_logging = True
    module.num_retries = None
    # A picture that a request names by its address is not fetched from a private network.
    module.user_url_validation = True
    module.cache = None
    # Its classes of responses hold what pydantic did not expect there, which it says at each call.
    warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.ERROR)
    aiohttp_transport = importlib.import_module("litellm.llms.custom_httpx.aiohttp_transport")
    observation = importlib.import_module("providers.kinds.litellm.transport")
    transport = aiohttp_transport.LiteLLMAiohttpTransport
    transport.handle_async_request = observation.observed(transport.handle_async_request)
    handler: Any = importlib.import_module("litellm.llms.custom_httpx.http_handler")
    handler.TCPConnector = importlib.import_module("providers.kinds.litellm.guard").guarded(handler.TCPConnector)
    # litellm asks here for a part of its own server, which is not installed; it is never wanted.
    responses: Any = importlib.import_module("litellm.responses.main")
    responses._responses_try_dispatch_mcp_gateway = _no_gateway  # noqa: SLF001 - there is no setting for it
    importlib.import_module("openai.resources")  # else the first call does, and holds up the event loop
    return Library(module)


def _no_gateway(**_: object) -> None:
    return None
