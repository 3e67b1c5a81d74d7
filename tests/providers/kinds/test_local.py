"""Endpoints on one's own machine, found and looked at."""

from __future__ import annotations

import dataclasses
from urllib.parse import urlsplit

import pytest

from providers import local
from providers.kinds.litellm import LiteLLMKind
from providers.local import LocalEndpoint, NoEndpoint, Server, find_local, look_at
from providers.money.catalogue import LOCAL_PREFIXES
from providers.targets import Capability
from tests.providers.kinds.calls import ASK, target
from tests.providers_lab import Lab, Upstream
from tests.providers_lab.server import closed_port

pytestmark = pytest.mark.feature("F2.1")

SERVERS = {
    "ollama": (Server.OLLAMA, "ollama_chat/qwen3:8b", 32_768),
    "lm_studio": (Server.LM_STUDIO, "lm_studio/qwen3:8b", 32_768),
    "vllm": (Server.VLLM, "hosted_vllm/qwen3:8b", 32_768),
    "llamacpp": (Server.LLAMA_CPP, "llamafile/qwen3:8b", 32_768),
    "somebody": (Server.COMPATIBLE, "openai/qwen3:8b", 32_768),
}


@pytest.fixture(params=list(SERVERS))
def endpoint(request: pytest.FixtureRequest, upstream: Upstream) -> LocalEndpoint:
    upstream.server, upstream.models = str(request.param), ("qwen3:8b", "gemma4")
    return look_at(upstream.base_url)


def test_each_kind_of_server_is_told_apart(endpoint: LocalEndpoint, upstream: Upstream) -> None:
    server, model, window = SERVERS[upstream.server]
    assert endpoint.server is server
    first, second = endpoint.models
    assert (first.name, first.model, first.context_window) == ("qwen3:8b", model, window)
    assert second.name == "gemma4"
    assert Capability.TOOLS in first.capabilities


async def test_what_was_found_answers(endpoint: LocalEndpoint, upstream: Upstream, kind: LiteLLMKind) -> None:
    """Without a key, as it stands, in one step."""
    found = endpoint.models[0]
    ready = dataclasses.replace(
        target(found.model, upstream), api_base=endpoint.api_base, needs_key=False, params=found.params
    )
    assert (await kind.complete(ASK, ready, None)).text
    assert upstream.requests[-1].model == "qwen3:8b"


def test_ollama_is_told_how_much_to_read(upstream: Upstream) -> None:
    """Its own default cuts prompts at 4096 tokens in silence."""
    upstream.server = "ollama"
    (found,) = look_at(upstream.base_url).models
    assert found.params == {"num_ctx": found.context_window}


@pytest.mark.parametrize("form", ["{base}", "{base}/", "{base}/v1", "{base}/v1/", "{host}"])
def test_forms_of_the_address(upstream: Upstream, form: str) -> None:
    upstream.server = "vllm"
    url = form.format(base=upstream.base_url, host=urlsplit(upstream.base_url).netloc)
    assert look_at(url).api_base == upstream.openai_url


def test_the_usual_ports_are_asked(lab: Lab) -> None:
    first, second = lab.upstream("first"), lab.upstream("second")
    first.server, second.server = "ollama", "vllm"
    ports = [int(one.base_url.rpartition(":")[2]) for one in (first, second)]
    found = find_local(ports=(*ports, closed_port()))
    assert [one.server for one in found] == [Server.OLLAMA, Server.VLLM]
    assert 11434 in local.USUAL_PORTS


def test_none_at_all() -> None:
    assert find_local(ports=(closed_port(),)) == ()
    assert find_local(ports=()) == ()


def test_what_is_found_locally_costs_nothing(endpoint: LocalEndpoint) -> None:
    assert endpoint.models[0].model.startswith((*LOCAL_PREFIXES, "openai/"))


@pytest.mark.parametrize(
    ("url", "words"), [("ftp://x", "no address"), ("http://", "no address"), ("http://127.0.0.1:{closed}", "127.0.0.1")]
)
def test_no_endpoint(url: str, words: str) -> None:
    with pytest.raises(NoEndpoint, match=words):
        look_at(url.format(closed=closed_port()))


@pytest.mark.parametrize("words", ["html", "malformed", "404", "500", "empty_body"])
def test_a_server_that_is_something_else(upstream: Upstream, words: str) -> None:
    upstream.fail(words)
    if words == "malformed":  # breaks answers of models only
        assert look_at(upstream.base_url).models
        return
    with pytest.raises(NoEndpoint, match="lists no models"):
        look_at(upstream.base_url)


def test_a_server_that_wants_a_key(upstream: Upstream) -> None:
    upstream.server, upstream.valid_keys = "vllm", frozenset({"right"})
    with pytest.raises(NoEndpoint, match="wants a key"):
        look_at(upstream.base_url)
    assert look_at(upstream.base_url, key="right").server is Server.VLLM
