"""Endpoints on one's own machine: found at their usual ports, or looked at where a person says that one is.

Nothing is asked but lists: GETs of a second at most, and for Ollama what it says of each model.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from autodev.lib import clock
from providers import network
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
MOST_BYTES, MOST_MODELS, LONGEST_S = 4 * 2**20, 200, 5.0
SHOWN_S = 10.0  # for what an Ollama says of its models, of all together
LONGEST_NAME = 180  # with litellm's prefix before it, a model has 200 characters
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
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
    except ValueError as error:
        raise NoEndpoint(f"{url} is no address of a server: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise NoEndpoint(f"{url} is no address of a server")
    root = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1')}"
    headers = {"accept-encoding": "identity", **({"authorization": f"Bearer {key}"} if key else {})}
    where = Pinned(_address_of(parts))
    with httpx.Client(timeout=timeout_s, headers=headers, trust_env=False, transport=where) as client:
        found = _ollama(client, root) or _lm_studio(client, root) or _compatible(client, root)
    if found is None:
        raise NoEndpoint(f"{url} answers, but lists no models as OpenAI, Ollama or LM Studio do")
    return found


class Pinned(httpx.HTTPTransport):
    """Sends everything to one address, whatever the name leads to by then."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host=self._address)
        return super().handle_request(request)


def _address_of(parts: SplitResult) -> str:
    """Where the host's name leads. Raises NoEndpoint where that is nowhere, or where no provider may be."""
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or 0, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise NoEndpoint(f"{host}: {error}") from error
    for one in found:
        address = str(one[4][0])
        why = network.refusal_of(ipaddress.ip_address(address.partition("%")[0]), host=host)
        if not why:
            return address
    raise NoEndpoint(why)


def _look_quietly(url: str) -> LocalEndpoint | None:
    try:
        return look_at(url, timeout_s=1.0)
    except NoEndpoint:
        return None


def _get(client: httpx.Client, url: str, asked: Mapping[str, Any] | None = None) -> Mapping[str, Any] | None:
    """The object at an address; None where there is none. Raises NoEndpoint where nothing listens."""
    method, body = ("GET", None) if asked is None else ("POST", dict(asked))
    try:
        with client.stream(method, url, json=body) as answer:
            if answer.status_code in {401, 403}:
                raise NoEndpoint(f"{url} wants a key: add it as a provider with its model, address and key")
            found = json.loads(_read(answer)) if answer.is_success else None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = f"Nothing answers at {url} ({error}); is it running, and within reach of this machine?"
        raise NoEndpoint(why) from error
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _read(answer: httpx.Response) -> bytes:
    """The body as it was sent. Raises NoEndpoint for one that no list of models is."""
    text, end = bytearray(), clock.monotonic() + LONGEST_S
    for piece in answer.iter_raw():
        text += piece
        if len(text) > MOST_BYTES or clock.monotonic() > end:
            raise NoEndpoint(f"{answer.url} does not come to an end")
    return bytes(text)


def _ollama(client: httpx.Client, root: str) -> LocalEndpoint | None:
    listed = _get(client, f"{root}/api/tags")
    if listed is None or not isinstance(listed.get("models"), list):
        return None
    models, end = [], clock.monotonic() + SHOWN_S
    for name in _names(listed["models"], "name"):
        shown = (_get(client, f"{root}/api/show", {"model": name}) if clock.monotonic() < end else None) or {}
        info, can = shown.get("model_info"), shown.get("capabilities")
        info, can = info if isinstance(info, dict) else {}, can if isinstance(can, list) else []
        windows = [value for label, value in info.items() if label.endswith(".context_length") and _size(value)]
        window = min(windows[0], _OLLAMA_CONTEXT) if windows else _OLLAMA_CONTEXT
        kept = {Capability.STREAMING} | {Capability(word) for word in ("tools", "vision") if word in can}
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
    talking = [one for one in _objects(listed["data"]) if one.get("type") in (None, "llm", "vlm")]
    return _endpoint(Server.LM_STUDIO, root, talking, "loaded_context_length", "max_context_length")


def _compatible(client: httpx.Client, root: str) -> LocalEndpoint | None:
    listed = _get(client, f"{root}/v1/models")
    if listed is None or not isinstance(listed.get("data"), list):
        return None
    owners = {str(one.get("owned_by")) for one in _objects(listed["data"])}
    server = Server.VLLM if "vllm" in owners else Server.LLAMA_CPP if "llamacpp" in owners else Server.COMPATIBLE
    return _endpoint(server, root, listed["data"], "max_model_len")


def _endpoint(server: Server, root: str, listed: list[Any], *windows: str) -> LocalEndpoint:
    prefix, versioned = _PREFIX[server]
    models = []
    for name in _names(listed, "id"):
        entry = next(one for one in _objects(listed) if one.get("id") == name)
        window = next((entry[field] for field in windows if _size(entry.get(field))), None)
        models.append(LocalModel(name=name, model=f"{prefix}/{name}", context_window=window))
    return LocalEndpoint(server=server, api_base=f"{root}/v1" if versioned else root, models=tuple(models))


def _objects(listed: list[Any]) -> list[dict[str, Any]]:
    return [one for one in listed if isinstance(one, dict)]


def _size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _names(listed: list[Any], field_name: str) -> list[str]:
    names = [one[field_name] for one in listed if isinstance(one, dict) and isinstance(one.get(field_name), str)]
    return [name for name in dict.fromkeys(names) if name.isprintable() and 0 < len(name) <= LONGEST_NAME][:MOST_MODELS]
