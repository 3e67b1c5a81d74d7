"""Recording against the lab and playing back without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from providers.kinds.litellm.kind import _PROBE
from tests.cassettes import Player, Recorder, UnknownRequest, read_cassette
from tests.cassettes.__main__ import main
from tests.cassettes.build import main as recorded_build
from tests.cassettes.fingerprint import fingerprint
from tests.cassettes.format import Exchange, NotACassette
from tests.cassettes.recorder import environment_for, key_in, secrets_of_environment
from tests.providers_lab import Answer, Lab, ToolUse, Upstream

pytestmark = pytest.mark.feature("F1.3")
REAL = "sk-real-0123456789abcdef"
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
Start = Callable[..., tuple[str, Recorder]]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def upstream(lab: Lab) -> Upstream:
    return lab.upstream("a")


@pytest.fixture
def record(lab: Lab, upstream: Upstream, tmp_path: Path) -> Iterator[Start]:
    """Starts a recorder before the upstream; gives its address."""
    made: list[Recorder] = []

    def start(**options: Any) -> tuple[str, Recorder]:
        recorder = Recorder(upstream.openai_url, tmp_path / "one.jsonl", **{"key": REAL, **options})
        made.append(recorder)
        return f"http://127.0.0.1:{lab.serve(recorder.handle)}", recorder

    yield start
    for one in made:
        lab.run(one.close(), timeout_s=60)


def ask(address: str, body: Any = None, **headers: str) -> httpx.Response:
    return httpx.post(f"{address}/chat/completions", json=body or CHAT, headers=headers, trust_env=False, timeout=60)


def replayed(lab: Lab, recorder: Recorder, **options: Any) -> tuple[str, Player]:
    lab.run(recorder.close(), timeout_s=60)
    player = Player.of(recorder.file, **options)
    return f"http://127.0.0.1:{lab.serve(player.handle)}", player


def test_the_key_goes_to_the_upstream_and_into_no_file(
    lab: Lab,
    upstream: Upstream,
    record: Start,
) -> None:
    upstream.valid_keys = frozenset({REAL})
    upstream.answer(lambda asked: Answer(text=f"Your key {asked.key} and Bearer sk-other-abcdefghijkl99 are fine"))
    address, recorder = record()
    answer = ask(address, authorization="Bearer sk-the-clients-own-123")
    assert answer.status_code == 200
    assert REAL in answer.text
    assert upstream.requests[-1].key == REAL
    ask(address, {**CHAT, "stream": True})
    played, player = replayed(lab, recorder)
    upstream.fail("internal")
    again = ask(played, authorization="Bearer something-else-entirely")
    assert "redacted-" in again.json()["choices"][0]["message"]["content"]
    streamed = ask(played, {**CHAT, "stream": True}).text
    assert streamed.endswith("data: [DONE]\n\n")
    assert player.unknown == []
    kept = recorder.file.read_text()
    for secret in (REAL, "sk-the-clients-own-123", "sk-other-abcdefghijkl99"):
        assert secret not in kept
    assert main(["check", str(recorder.file)]) == 0


def test_answers_come_in_their_order_and_the_last_again(
    lab: Lab,
    upstream: Upstream,
    record: Start,
) -> None:
    upstream.script(["one", "two"])
    address, recorder = record()
    said = [ask(address).json()["choices"][0]["message"]["content"] for _ in range(2)]
    played, _ = replayed(lab, recorder)
    again = [ask(played).json()["choices"][0]["message"]["content"] for _ in range(3)]
    assert (said, again) == (["one", "two"], ["one", "two", "two"])


def test_an_unknown_request_is_told_with_what_is_nearest(
    lab: Lab,
    record: Start,
) -> None:
    address, recorder = record()
    ask(address)
    played, player = replayed(lab, recorder)
    other = {**CHAT, "messages": [{"role": "user", "content": "goodbye"}]}
    answer = ask(played, other)
    assert answer.status_code == 400
    told = answer.json()["error"]["message"]
    assert "no answer to POST /chat/completions (model m, 1 messages)" in told
    assert "nearest is exchange 1, which differs at messages[0].content: recorded 'hello', asked 'goodbye'" in told
    assert player.unknown == [told]
    more = ask(played, {**CHAT, "tools": []}).json()["error"]["message"]
    assert "differs at tools" in more or "tools" not in more


def test_a_probe_of_an_idle_provider_is_refused_and_not_told(lab: Lab, record: Start) -> None:
    address, recorder = record()
    ask(address)
    played, player = replayed(lab, recorder)
    probe = {**CHAT, "messages": list(_PROBE.messages)}
    assert ask(played, probe).status_code == 400
    assert player.unknown == []


def test_a_conversation_of_the_same_course_is_played_when_wanted() -> None:
    def asked(result: str) -> dict[str, Any]:
        call = {"id": "c", "type": "function", "function": {"name": "run", "arguments": "{}"}}
        return {
            "model": "m",
            "messages": [
                {"role": "user", "content": "Do it."},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c", "content": result},
            ],
        }

    one = Exchange(method="POST", path="/chat/completions", body=asked("ruff 0.9"), answer={"said": 1})
    player = Player([one], by_course=True)
    assert player.find("POST", "/v1/chat/completions", asked("ruff 0.10")).answer == {"said": 1}
    assert player.by_course_played == 1
    with pytest.raises(UnknownRequest, match="no answer"):
        Player([one]).find("POST", "/v1/chat/completions", asked("ruff 0.10"))
    with pytest.raises(UnknownRequest, match="it is empty"):
        Player([]).find("GET", "/models", None)


@pytest.mark.parametrize("fault", ["429; retry_after_s=7", "stream_cut; after=3", "html_error", "malformed"])
def test_what_broke_breaks_again(
    lab: Lab,
    upstream: Upstream,
    record: Start,
    fault: str,
) -> None:
    upstream.fail(fault)
    address, recorder = record()

    def seen(where: str) -> tuple[int, str | None, str]:
        try:
            answer = ask(where, {**CHAT, "stream": True})
        except httpx.RemoteProtocolError as error:
            return 0, None, str(error)
        return answer.status_code, answer.headers.get("retry-after"), answer.text

    before = seen(address)
    played, _ = replayed(lab, recorder)
    assert seen(played) == before


def test_an_upstream_that_is_away_is_told_and_not_recorded(upstream: Upstream, record: Start) -> None:
    upstream.fail("refused")
    address, recorder = record()
    answer = ask(address)
    assert answer.status_code == 502
    assert "no answer from the upstream: ConnectError" in answer.json()["error"]["message"]
    assert recorder.exchanges == []
    assert len(recorder.failed) == 1


def test_a_client_that_goes_away_ends_no_recording(
    lab: Lab,
    upstream: Upstream,
    record: Start,
) -> None:
    upstream.token_interval_s = 0.02
    address, recorder = record()
    with httpx.stream("POST", f"{address}/chat/completions", json={**CHAT, "stream": True}, trust_env=False) as answer:
        next(answer.iter_raw())
    lab.run(recorder.close(), timeout_s=60)
    (one,) = read_cassette(recorder.file)
    assert one.events is not None
    assert one.events[-1][1] == "data: [DONE]\n\n"
    assert not one.cut


def test_times_are_kept_and_played_in_scale(
    lab: Lab,
    upstream: Upstream,
    record: Start,
) -> None:
    upstream.latency_s = 0.3
    address, recorder = record()
    ask(address)
    played, player = replayed(lab, recorder)

    def took() -> float:
        began = time.monotonic()
        ask(played)
        return time.monotonic() - began

    at_once, player.time_scale = took(), 1.0
    assert player.exchanges[0].after_s >= 0.3
    assert took() >= 0.3 > at_once


def test_the_key_takes_the_place_of_the_client_s(record: Start, upstream: Upstream) -> None:
    address, _ = record()
    ask(address, **{"x-api-key": "mine-1234"})
    assert upstream.requests[-1].headers["x-api-key"] == REAL
    assert "authorization" not in upstream.requests[-1].headers
    httpx.post(f"{address}/messages?beta=true", json={**CHAT, "max_tokens": 5}, trust_env=False)
    assert upstream.requests[-1].headers["x-api-key"] == REAL
    httpx.get(f"{address}/models?key=mine-1234&alt=sse", trust_env=False)
    assert upstream.requests[-1].path == f"/v1/models?key={REAL}&alt=sse"
    bare, _ = record(key="")
    ask(bare, authorization="Bearer of-the-client")
    assert upstream.requests[-1].headers["authorization"] == "Bearer of-the-client"


def test_a_lab_s_upstream_plays_a_cassette(lab: Lab, upstream: Upstream) -> None:
    use = ToolUse(name="finish", arguments='{"summary": "x"}')
    upstream.answer(Answer(text="", tool_calls=(use,), finish="tool_calls"))
    recorded = ask(upstream.openai_url).json()
    one = Exchange(method="POST", path="/chat/completions", body=CHAT, answer=recorded)
    upstream.reset()
    upstream.play(Player([one]))
    assert ask(upstream.openai_url).json() == recorded
    upstream.fail("overloaded", times=1)
    assert ask(upstream.openai_url).status_code == 529
    assert ask(upstream.openai_url).json() == recorded
    upstream.reset()
    assert ask(upstream.openai_url).json() != recorded


def test_what_differs_from_run_to_run_makes_no_other_request() -> None:
    def of(text: str) -> str:
        return fingerprint("POST", "/v1/chat/completions", {"model": "m", "messages": [{"content": text}]})

    told = "3 passed in {} at {} on 127.0.0.1:{} as {} in /tmp/pytest-{}/x, commit {}"
    first = told.format("0.52s", "2026-11-21T10:00:00Z", 4711, "0b4d6c7e-98a1-4c1b-8a55-1f2e3d4c5b6a", 1, "9f3ab21")
    other = told.format("12.1s", "2027-01-02 11:59:58", 80, "1b4d6c7e-98a1-4c1b-8a55-1f2e3d4c5b6b", 20, "04cd77e1f0")
    assert of(first) == of(other)
    assert of(first) != of(first.replace("3 passed", "4 passed"))
    body = {"model": "m", "user": "u-1", "metadata": {"user_id": "x"}}
    assert fingerprint("POST", "/chat/completions", body) == fingerprint("POST", "/v1/chat/completions", {"model": "m"})


def test_the_command_records_and_replays(upstream: Upstream, tmp_path: Path) -> None:
    key, file = tmp_path / "key", tmp_path / "one.jsonl"
    key.write_text(f"{REAL}\n")
    upstream.valid_keys = frozenset({REAL})
    script = (
        "import json, os, urllib.request as u; body = json.dumps({'model': 'm', 'messages': []}).encode();"
        "h = {'authorization': 'Bearer ' + os.environ['OPENAI_API_KEY'], 'content-type': 'application/json'};"
        "assert 'OTHER_API_KEY' not in os.environ;"
        "print(u.urlopen(u.Request(os.environ['OPENAI_BASE_URL'] + '/chat/completions', body, h)).read().decode())"
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.cassettes", *arguments, "--", sys.executable, "-c", script],
            cwd=ROOT, env={**os.environ, "OTHER_API_KEY": "other-key-12345678", "no_proxy": "*"}, capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip

    recording = ("record", "--upstream", upstream.openai_url, "--key-file", str(key), "--out", str(file))
    recorded = run(*recording)
    assert recorded.returncode == 0, recorded.stderr
    assert "1 exchanges in" in recorded.stderr
    assert REAL not in file.read_text()
    assert run(*recording).returncode == 2
    upstream.fail("refused")
    again = run("replay", str(file))
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == json.loads(recorded.stdout)
    assert "1 requests played, 0 by their course, 0 unknown" in again.stderr
    upstream.heal()


def test_what_is_no_cassette_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "one.jsonl"
    for text, told in [
        ("", "the first line must be"),
        ('{"cassette": 2}\n', "the first line must be"),
        ('{"cassette": 1}\n{"request": 3}\n', ":2: this is no exchange"),
        ('{"cassette": 1}\nnothing\n', ":2: this is no JSON"),
        ("[1]\n", ":1: this is no object"),
    ]:
        file.write_text(text)
        with pytest.raises(NotACassette, match=told):
            read_cassette(file)
    assert main(["check", str(file)]) == 2
    assert "this is no object" in capsys.readouterr().err
    secret = {"request": {"method": "GET", "path": "/", "body": {"password": "hunter2-hunter2"}}}
    response = {"status": 200, "headers": {}, "after_s": 0, "body": None}
    file.write_text(f'{{"cassette": 1}}\n{json.dumps({**secret, "response": response})}\n')
    assert main(["check", str(file)]) == 1
    assert "exchange 1 holds what looks like a secret" in capsys.readouterr().err


def test_the_environment_of_a_recorded_command_has_no_key(tmp_path: Path) -> None:
    before = {"PATH": "/bin", "OPENAI_API_KEY": REAL, "MISTRAL_API_KEY": "m-12345678", "GITHUB_TOKEN": "t-12345678"}
    found = environment_for(before, "http://127.0.0.1:1")
    assert REAL not in str(found)
    assert "MISTRAL_API_KEY" not in found
    assert found["OPENAI_BASE_URL"] == found["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:1"
    assert secrets_of_environment(before) == {REAL, "m-12345678", "t-12345678"}
    empty = tmp_path / "key"
    empty.write_text("\n")
    with pytest.raises(ValueError, match="is empty"):
        key_in(empty)
    assert key_in(None) == ""


def test_a_recorded_build_has_the_recorder_for_its_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran: list[tuple[list[str], str]] = []

    def run(command: list[str], *, env: dict[str, str], check: bool) -> Any:
        ran.append((command[3:], env["AUTODEV_DATA"]))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("tests.cassettes.build.subprocess.run", run)
    monkeypatch.setenv("AUTODEV_DATA", str(tmp_path))
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:7")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert recorded_build(["--model", "anthropic/x", "--out", "there", "--plain", "A shop"]) == 0
    models = str(tmp_path / "cassettes" / "cassette.yaml")
    data = str((tmp_path / "cassettes").resolve())
    assert ran == [(["models", "import", models], data), (["build", "A shop", "--out", "there"], data)]
    provider = yaml.safe_load(Path(models).read_text())["providers"]["model"]
    assert provider == {
        "kind": "litellm",
        "model": "anthropic/x",
        "api_base": "http://127.0.0.1:7",
        "keys": ["env:ANTHROPIC_API_KEY"],
        "capabilities": ["streaming"],
    }
    with pytest.raises(SystemExit):
        recorded_build(["--model", "openai/x", "--out", "there", "A shop"])
