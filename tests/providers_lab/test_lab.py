"""The lab itself: what tests and benchmarks rely on."""

from __future__ import annotations

import concurrent.futures
import json
import time
from typing import Any

import httpx
import pytest

from tests.providers_lab import Answer, Fault, Lab, Upstream
from tests.providers_lab.answers import DEFAULT_TEXT, Asked
from tests.providers_lab.fixtures import _lab, lab
from tests.providers_lab.remote import LabProcess

__all__ = ["_lab", "lab"]
pytestmark = pytest.mark.feature("F2.1")

PATHS = {
    "openai": "/v1/chat/completions",
    "responses": "/v1/responses",
    "anthropic": "/v1/messages",
    "gemini": "/v1beta/models/g:generateContent",
    "ollama": "/api/chat",
}


@pytest.fixture
def upstream(lab: Lab) -> Upstream:
    return lab.upstream("itself")


def ask(
    upstream: Upstream, path: str = PATHS["openai"], headers: dict[str, str] | None = None, **body: Any
) -> httpx.Response:
    return httpx.post(
        upstream.base_url + path,
        json={"model": "m", "stream": False, **body},
        headers=headers,
        timeout=10,
        trust_env=False,
    )


@pytest.mark.parametrize("wire", PATHS)
def test_each_wire_answers_and_is_logged(upstream: Upstream, wire: str) -> None:
    assert DEFAULT_TEXT in ask(upstream, PATHS[wire]).text
    (seen,) = upstream.requests
    assert (seen.wire, seen.stream, seen.status, seen.ended) == (wire, False, 200, "done")
    assert upstream.calls == 1


@pytest.mark.parametrize("wire", PATHS)
def test_each_wire_streams(upstream: Upstream, wire: str) -> None:
    path = PATHS[wire].replace(":generateContent", ":streamGenerateContent?alt=sse")
    text = ask(upstream, path, stream=True).text
    assert " lab" in text
    assert DEFAULT_TEXT not in text.partition("output_text.done")[0]
    assert upstream.requests[0].stream


@pytest.mark.parametrize("wire", PATHS)
def test_each_wire_complains_in_its_own_form(upstream: Upstream, wire: str) -> None:
    upstream.fail("429; retry_after_s=3; form=text")
    answer = ask(upstream, PATHS[wire])
    assert answer.status_code == 429
    assert "3s" in json.dumps(answer.json()["error"])


def test_a_script_is_played_once(upstream: Upstream) -> None:
    upstream.script(["one", Fault(name="internal"), Answer(text="three")])
    found = [ask(upstream) for _ in range(4)]
    assert [one.status_code for one in found] == [200, 500, 200, 200]
    texts = [one.json()["choices"][0]["message"]["content"] for one in found if one.status_code == 200]
    assert texts == ["one", "three", DEFAULT_TEXT]


def test_an_answer_may_be_a_function_of_the_request(upstream: Upstream) -> None:
    def echo(asked: Asked) -> str:
        return f"you said {asked.body['messages'][0]['content']}"

    upstream.answer(echo)
    assert "you said hi" in ask(upstream, messages=[{"role": "user", "content": "hi"}]).text


def test_faults_by_count_key_and_model(upstream: Upstream) -> None:
    upstream.fail("500", times=2)
    assert [ask(upstream).status_code for _ in range(3)] == [500, 500, 200]
    upstream.fail("401", key="bad")
    upstream.fail("404", model="old")
    assert ask(upstream, headers={"authorization": "Bearer bad"}).status_code == 401
    assert ask(upstream, model="old").status_code == 404
    assert ask(upstream).status_code == 200


def test_a_share_of_requests(upstream: Upstream) -> None:
    upstream.fail("503", share=0.3)
    failed = sum(ask(upstream).status_code == 503 for _ in range(60))
    assert 5 < failed < 35


def test_a_fault_for_one_request_by_header(upstream: Upstream) -> None:
    assert ask(upstream, headers={"x-lab-fault": "529"}).status_code == 529
    assert ask(upstream).status_code == 200
    assert ask(upstream, headers={"x-lab-fault": "nonsense"}).status_code == 400


def test_only_valid_keys(upstream: Upstream) -> None:
    upstream.valid_keys = frozenset({"good"})
    assert ask(upstream).status_code == 401
    assert ask(upstream, headers={"authorization": "Bearer good"}).status_code == 200


def test_refused_and_healed_at_the_same_port(upstream: Upstream) -> None:
    upstream.fail("refused")
    with pytest.raises(httpx.ConnectError):
        ask(upstream)
    upstream.heal()
    assert ask(upstream).status_code == 200


def test_latency_and_slow_tokens(upstream: Upstream) -> None:
    upstream.latency_s, upstream.token_interval_s = 0.05, 0.01
    begun = time.monotonic()
    ask(upstream, stream=True)
    assert time.monotonic() - begun >= 0.15


def test_a_body_that_is_no_json(upstream: Upstream) -> None:
    answer = httpx.post(upstream.openai_url + "/chat/completions", content=b"{", trust_env=False)
    assert answer.status_code == 400


def test_what_it_does_not_have(upstream: Upstream) -> None:
    assert httpx.get(upstream.base_url + "/nothing", trust_env=False).status_code == 404
    assert httpx.get(upstream.openai_url + "/models", trust_env=False).json()["data"][0]["id"] == "lab-model"
    assert httpx.post(upstream.openai_url + "/messages/count_tokens", json={}, trust_env=False).json()["input_tokens"]


@pytest.mark.parametrize("words", ["nonsense", "429; nonsense=1"])
def test_a_fault_that_does_not_exist_is_refused(upstream: Upstream, words: str) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        upstream.fail(words)


def test_many_at_once_are_all_counted(upstream: Upstream) -> None:
    with httpx.Client(trust_env=False) as client, concurrent.futures.ThreadPoolExecutor(20) as pool:
        url = upstream.openai_url + "/chat/completions"
        found = list(pool.map(lambda _: client.post(url, json={"model": "m"}).status_code, range(200)))
    assert found == [200] * 200
    assert upstream.calls == 200


def test_in_a_process_of_its_own() -> None:
    with LabProcess() as lab:
        first, second = lab.upstream("a"), lab.upstream("b")
        first.fail("429", retry_after_s=2)
        first.change(script=["scripted", {"fault": "500"}], latency_s=0.001, valid_keys=["k"])
        found = [
            httpx.post(one.openai_url + "/chat/completions", json={"model": "m"}, trust_env=False)
            for one in (first, second)
        ]
        assert [one.status_code for one in found] == [429, 200]
        assert found[0].headers["retry-after"] == "2"
        assert (first.calls, second.calls) == (1, 1)
        assert first.requests[0]["fault"] == "rate_limit"
        first.heal()
        first.reset()
        second.answer({"text": "", "tool_calls": [{"name": "f", "arguments": "{}"}], "finish": "tool_calls"})
        said = httpx.post(second.openai_url + "/chat/completions", json={"model": "m"}, trust_env=False).json()
        assert said["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "f"
        wrong = httpx.post(f"{lab.control_url}/upstreams/a", json={"nonsense": 1}, trust_env=False)
        assert (wrong.status_code, wrong.json()["error"]) == (400, "unknown: nonsense")
        assert httpx.delete(f"{lab.control_url}/upstreams/a/requests", trust_env=False).json()["calls"] == 0
        names = [one["name"] for one in httpx.get(f"{lab.control_url}/upstreams", trust_env=False).json()["upstreams"]]
        assert names == ["a", "b"]
        assert httpx.get(f"{lab.control_url}/nothing", trust_env=False).status_code == 404
