"""What a person reads of a failure: a message without secrets, and what happens next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.failures.classify import classify
from providers.failures.hints import hint
from providers.failures.kinds import FailureKind
from providers.failures.redact import message, redacted
from providers.failures.signal import Signal

SECRETS = [
    "sk-ant-api03-AbCdEf0123456789abcdefgh",
    "sk-proj-0123456789abcdefABCDEF",
    "AIzaSyA0123456789abcdefghijklmnopqrstu",
    "AKIAIOSFODNN7EXAMPLE",
    "gsk_0123456789abcdef",
    "ghp_0123456789abcdefABCDEF",
    "hf_0123456789abcdefAB",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefgh",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("frame", ["Incorrect API key provided: {}.", "Authorization: Bearer {}", "key={}&x=1", "{}"])
def test_no_secret_is_shown(secret: str, frame: str) -> None:
    text = frame.format(secret)
    assert secret not in redacted(text)
    failure = classify(Signal(text=text, http_status=401))
    assert secret not in failure.message
    assert failure.message


def test_named_secrets_and_passwords_of_addresses() -> None:
    assert redacted("password: hunter2hunter2") == "password: …"
    assert redacted("redis://user:pa55word@localhost/0") == "redis://…@localhost/0"
    assert redacted("the token limit is 200000 tokens") == "the token limit is 200000 tokens"
    assert redacted("API key is invalid") == "API key is invalid"


def test_a_message_is_short_and_in_one_line() -> None:
    text = message("a\n b\t c " + "word " * 200)
    assert text.startswith("a b c word")
    assert len(text) == 300
    assert text.endswith("…")


def test_the_message_is_the_inner_one() -> None:
    failure = classify(Signal(text='{"error": {"message": "Overloaded", "type": "overloaded_error"}}'))
    assert failure.message == "Overloaded"


@pytest.mark.feature("F2.4")
@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_says_what_happens_next(kind: FailureKind) -> None:
    text = hint(kind, "claude")
    assert text[0].isupper()
    assert text.endswith(".")
    assert "{" not in text
    assert 40 < len(text) < 260


def test_a_hint_names_the_provider() -> None:
    assert hint(FailureKind.QUOTA, "gpt").startswith("The account of gpt ")
    assert hint(FailureKind.TIMEOUT).startswith("The provider did not answer")


@given(st.text(max_size=400))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)
