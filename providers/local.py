"""Endpoints on one's own machine: found at their usual ports, or looked at where a person says that one is.

Nothing is asked but lists: GETs of a second at most, and for Ollama what it says of each model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import httpx

from providers.targets import Capability


class Server(StrEnum):
    OLLAMA = "ollama"
    LM_STUDIO = "lm_studio"
    VLLM = "vllm"
    LLAMA_CPP = "llama_cpp"
    COMPATIBLE = "openai_compatible"


# litellm's name for each, and whether its base ends with /v1.
_PREFIX = {
    Server.OLLAMA: ("ollama_chat", False),
    Server.LM_STUDIO: ("lm_studio", True),
    Server.VLLM: ("hosted_vllm", True),
    Server.LLAMA_CPP: ("llamafile", True),
    Server.COMPATIBLE: ("openai", True),
}
USUAL_PORTS = (11434, 1234, 8000, 8080, 1337, 5001)
# Ollama cuts a prompt to 4096 tokens without a word unless it is told how many it shall keep.
_OLLAMA_CONTEXT = 32_768
_USUAL = frozenset({Capability.STREAMING, Capability.TOOLS})


@dataclass(frozen=True, kw_only=True)
class LocalModel:
    """`model` is litellm's name. `params` are what a provider of it should have."""

    name: str
    model: str
    context_window: int | None = None
    capabilities: frozenset[Capability] = _USUAL
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LocalEndpoint:
    """`api_base` is what a provider of it needs."""

    server: Server
    api_base: str
    models: tuple[LocalModel, ...]


class NoEndpoint(Exception):
    """Nothing at the address lists models in a known form. The message says what came instead."""


def find_local(hosts: Iterable[str] = ("127.0.0.1",), ports: Iterable[int] = USUAL_PORTS) -> tuple[LocalEndpoint, ...]:
    """Every endpoint that answers at a usual port, asked all at once; at most about two seconds."""
    places = [f"http://{host}:{port}" for host in hosts for port in ports]
    with ThreadPoolExecutor(max_workers=max(1, len(places))) as pool:
        return tuple(found for found in pool.map(_look_quietly, places) if found is not None)


def look_at(url: str, key: str = "", timeout_s: float = 3.0) -> LocalEndpoint:
    """What is at an address that a person gave, with or without `/v1`. Raises NoEndpoint."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NoEndpoint(f"{url} is no address of a server")
    root = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1')}"
    headers = {"authorization": f"Bearer {key}"} if key else {}
    with httpx.Client(timeout=timeout_s, headers=headers, trust_env=False) as client:
        found = _ollama(client, root) or _lm_studio(client, root) or _compatible(client, root)
    if found is None:
        raise NoEndpoint(f"{url} answers, but lists no models as OpenAI, Ollama or LM Studio do")
    return found


def _look_quietly(url: str) -> LocalEndpoint | None:
    try:
        return look_at(url, timeout_s=1.0)
    except NoEndpoint:
        return None


def _get(client: httpx.Client, url: str, asked: Mapping[str, Any] | None = None) -> Mapping[str, Any] | None:
    """The object at an address; None where there is none. Raises NoEndpoint where nothing listens."""
    try:
        answer = client.get(url) if asked is None else client.post(url, json=dict(asked))
    except httpx.HTTPError as error:
        raise NoEndpoint(f"{url}: {error}") from error
    if answer.status_code in {401, 403}:
        raise NoEndpoint(f"{url} wants a key")
    try:
        body = answer.json() if answer.is_success else None
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _ollama(client: httpx.Client, root: str) -> LocalEndpoint | None:
    listed = _get(client, f"{root}/api/tags")
    if listed is None or not isinstance(listed.get("models"), list):
        return None
    models = []
    for name in _names(listed["models"], "name"):
        shown = _get(client, f"{root}/api/show", {"model": name}) or {}
        info, can = shown.get("model_info") or {}, shown.get("capabilities") or ()
        windows = [value for label, value in info.items() if label.endswith(".context_length")]
        window = min(windows[0], _OLLAMA_CONTEXT) if windows else _OLLAMA_CONTEXT
        kept = {Capability.STREAMING} | {Capability(word) for word in can if word in {"tools", "vision"}}
        kept |= {Capability.REASONING} if "thinking" in can else set()
        models.append(
            LocalModel(
                name=name,
                model=f"ollama_chat/{name}",
                context_window=window,
                capabilities=frozenset(kept) if can else _USUAL,
                params={"num_ctx": window},
            )
        )
    return LocalEndpoint(server=Server.OLLAMA, api_base=root, models=tuple(models))


def _lm_studio(client: httpx.Client, root: str) -> LocalEndpoint | None:
    listed = _get(client, f"{root}/api/v0/models")
    if listed is None or not isinstance(listed.get("data"), list):
        return None
    talking = [one for one in listed["data"] if one.get("type") in {None, "llm", "vlm"}]
    return _endpoint(Server.LM_STUDIO, root, talking, "loaded_context_length", "max_context_length")


def _compatible(client: httpx.Client, root: str) -> LocalEndpoint | None:
    listed = _get(client, f"{root}/v1/models")
    if listed is None or not isinstance(listed.get("data"), list):
        return None
    owners = {str(one.get("owned_by")) for one in listed["data"]}
    server = Server.VLLM if "vllm" in owners else Server.LLAMA_CPP if "llamacpp" in owners else Server.COMPATIBLE
    return _endpoint(server, root, listed["data"], "max_model_len")


def _endpoint(server: Server, root: str, listed: list[Any], *windows: str) -> LocalEndpoint:
    prefix, versioned = _PREFIX[server]
    models = []
    for name in _names(listed, "id"):
        entry = next(one for one in listed if one.get("id") == name)
        window = next((entry[field] for field in windows if isinstance(entry.get(field), int)), None)
        models.append(LocalModel(name=name, model=f"{prefix}/{name}", context_window=window))
    return LocalEndpoint(server=server, api_base=f"{root}/v1" if versioned else root, models=tuple(models))


def _names(listed: list[Any], field_name: str) -> list[str]:
    return [one[field_name] for one in listed if isinstance(one, dict) and isinstance(one.get(field_name), str)]
