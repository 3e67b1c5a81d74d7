"""No secret survives: whatever its form, wherever it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.failures.redact import redacted, secrets_in
from tests.cassettes.cleaning import cleaned, secrets_in_exchange
from tests.cassettes.fingerprint import fingerprint, fingerprint_of
from tests.cassettes.format import Exchange, read_cassette, write_cassette
from tests.cassettes.secrets import Scrubber
from tests.cassettes.streams import Cutter

pytestmark = pytest.mark.feature("F1.3")
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def word(shortest: int, longest: int) -> st.SearchStrategy[str]:
    return st.text(LETTERS, min_size=shortest, max_size=longest)


def mixed(shortest: int, longest: int) -> st.SearchStrategy[str]:
    """With a digit, as what is secret and has no other form does."""
    return st.builds(lambda text, digit: f"{text}{digit}", word(shortest, longest), st.integers(0, 9))


FORMS = st.one_of(
    st.builds("sk-{}".format, mixed(20, 40)),
    st.builds("sk-proj-{}".format, mixed(20, 40)),
    st.builds("sk-ant-api03-{}".format, mixed(20, 40)),
    st.builds("AIza{}".format, mixed(30, 35)),
    st.builds("ghp_{}".format, mixed(30, 36)),
    st.builds("hf_{}".format, mixed(20, 30)),
    st.builds("AKIA{}".format, st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=16, max_size=16)),
    st.builds("eyJ{}.{}.{}".format, mixed(12, 20), mixed(12, 20), mixed(10, 20)),
)
NAMES = ["api_key", "password", "x-api-key", "access_token", "organization", "Authorization", "user_id"]
NAMED = st.sampled_from(NAMES)
BEFORE = st.sampled_from(["", "key: ", "I found ", "export TOKEN=", "{'a': '", 'say "'])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)


def nested(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = {"function": {"name": "write_file", "arguments": json.dumps(value)}}
    return value


def everything(exchanges: list[Exchange]) -> str:
    """As the file has it, and as a client would put the pieces of a stream together."""
    parts = [json.dumps(one.as_json(), ensure_ascii=False) for one in exchanges]
    for one in exchanges:
        said = ""
        for _, event in one.events or ():
            for line in event.splitlines():
                if line.startswith("data: {"):
                    said += json.loads(line.removeprefix("data: "))["choices"][0]["delta"]["content"]
        parts.append(said)
    return "\n".join(parts)


def streamed(text: str, sizes: list[int]) -> tuple[tuple[float, str], ...]:
    """A text as a stream, in pieces of these sizes over and over."""
    pieces, at, turn = [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        pieces.append(text[at : at + size])
        at, turn = at + size, turn + 1
    cutter = Cutter("text/event-stream")
    for number, piece in enumerate(pieces):
        delta = {"choices": [{"index": 0, "delta": {"content": piece}}]}
        cutter.feed(f"data: {json.dumps(delta)}\n\n".encode(), number / 10)
    cutter.feed(b"data: [DONE]\n\n", 9.0)
    return cutter.close(9.0)


@settings(max_examples=150, deadline=None)
@given(secret=FORMS, before=BEFORE, around=TEXT, depth=st.integers(0, 3))
def test_a_secret_of_a_known_form_survives_nowhere(secret: str, before: str, around: str, depth: int) -> None:
    said = {"content": f"{around} {before}{secret} {around}"}
    request = Exchange(method="POST", path="/chat/completions", body={"messages": [nested(said, depth)]})
    answer = Exchange(method="POST", path="/x", body=None, answer=nested(said, depth))
    assert secret not in everything(cleaned([request, answer], Scrubber()))


@settings(max_examples=100, deadline=None)
@given(secret=FORMS, around=TEXT, sizes=st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_a_secret_in_the_pieces_of_a_stream_survives_nowhere(secret: str, around: str, sizes: list[int]) -> None:
    one = Exchange(method="POST", path="/x", events=streamed(f"{around} {secret} {around}", sizes))
    left = everything(cleaned([one], Scrubber()))
    assert secret not in left
    assert f"{around} redacted-aaaa {around}" in left


@settings(max_examples=100, deadline=None)
@given(name=NAMED, secret=mixed(10, 30), depth=st.integers(0, 2), bearer=st.booleans())
def test_what_stands_under_a_secret_s_name_goes_everywhere(name: str, secret: str, depth: int, *, bearer: bool) -> None:
    named = Exchange(method="POST", path="/x", answer=nested({name: f"Bearer {secret}" if bearer else secret}, depth))
    elsewhere = Exchange(method="POST", path="/y", body={"messages": [{"content": f"it was {secret}, was it not?"}]})
    piece = Exchange(method="POST", path="/z", events=streamed(f"also {secret} here", [3, 1]))
    assert secret not in everything(cleaned([elsewhere, named, piece], Scrubber()))


@settings(max_examples=150, deadline=None)
@given(
    secret=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=8, max_size=40),
    depth=st.integers(0, 2),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_what_was_told_to_be_secret_goes_in_every_form(secret: str, depth: int, sizes: list[int]) -> None:
    said = nested({"content": f"Your key {secret} is wrong"}, depth)
    exchanges = [
        Exchange(method="POST", path="/x", body=said, answer={secret: said}),
        Exchange(method="POST", path="/y", events=streamed(f"Your key {secret} is wrong", sizes)),
    ]
    left = everything(cleaned(exchanges, Scrubber([secret])))
    assert secret not in left
    assert json.dumps(secret)[1:-1] not in left


@settings(max_examples=50, deadline=None)
@given(secret=FORMS, text=TEXT)
def test_a_clean_cassette_is_clean_for_the_product_and_stays_as_it_is(secret: str, text: str) -> None:
    said = {"messages": [{"role": "user", "content": f"{text} {secret}"}]}
    once = cleaned([Exchange(method="POST", path="/x", body=said)], Scrubber())
    content = once[0].body["messages"][0]["content"]
    assert redacted(content) == content
    assert not secrets_in_exchange(once[0])
    assert cleaned(once, Scrubber()) == once


@settings(max_examples=50, deadline=None)
@given(secret=FORMS, other=FORMS)
def test_a_request_is_the_same_with_another_secret(secret: str, other: str) -> None:
    def asked(key: str) -> dict[str, Any]:
        return {"model": "m", "messages": [{"role": "user", "content": f"key={key} and again {key}"}]}

    recorded = cleaned([Exchange(method="POST", path="/v1/chat/completions", body=asked(secret))], Scrubber([secret]))
    assert fingerprint_of(recorded[0]) == fingerprint("POST", "/v1/chat/completions", asked(other))


def test_the_same_secret_has_the_same_stand_in_and_words_of_a_schema_none() -> None:
    body = {
        "password": "hunter2-hunter2",
        "again": "hunter2-hunter2",
        "other": {"token": "abcdef123456"},
        "schema": {"password": "string", "token": {"type": "integer"}, "user_id": "integer"},
        "logprobs": [{"token": "of1"}, {"token": " of"}],
    }
    (one,) = cleaned([Exchange(method="POST", path="/x", body=body)], Scrubber())
    assert one.body["password"] == one.body["again"] == "redacted-aaab"
    assert one.body["other"]["token"] == "redacted-aaaa"
    assert {name: one.body[name] for name in ("schema", "logprobs")} == {n: body[n] for n in ("schema", "logprobs")}


def test_what_the_redaction_names_is_what_it_leaves_out() -> None:
    text = "api_key=abc123def456 and sk-1234567890abcdef at postgres://me:pw12345@host"
    assert secrets_in(text) == {"abc123def456", "sk-1234567890abcdef", "me:pw12345"}
    assert not any(one in redacted(text) for one in secrets_in(text))


def test_a_file_comes_out_as_it_went_in(tmp_path: Path) -> None:
    exchanges = [
        Exchange(method="GET", path="/models", status=200, answer={"data": []}, after_s=0.5),
        Exchange(method="POST", path="/x", body="no json", status=500, answer="<html>", headers={"retry-after": "3"}),
        Exchange(method="POST", path="/y", body={"a": [1, None, "ü"]}, events=streamed("a b", [1]), cut=True),
    ]
    file = tmp_path / "one.jsonl"
    write_cassette(file, exchanges)
    assert read_cassette(file) == exchanges
    assert file.read_text().count("\n") == 4
