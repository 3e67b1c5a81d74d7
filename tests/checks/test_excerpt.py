"""What is kept of a tool's output."""

from __future__ import annotations

import pytest

from projects.checks.excerpt import LIMIT_BYTES, excerpt, redact


def test_the_end_is_kept_from_a_line_on() -> None:
    text = "\n".join(f"line {n} é" for n in range(2000))
    kept = excerpt(text)
    assert kept.endswith("line 1999 é")
    assert kept.startswith("line ")
    assert len(kept.encode()) <= LIMIT_BYTES


def test_one_endless_line_is_cut() -> None:
    assert excerpt("x" * 9000) == "x" * LIMIT_BYTES


def test_colours_go() -> None:
    assert excerpt("\x1b[31mred\x1b[0m\n") == "red"


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "A1B2C3D4E5F6G7H8",
        "ghp_" + "a" * 36,
        "xoxb-" + "1234567890-abcdef",
        "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIabc\n",
        "sk-ant-" + "a1B2" * 10,
    ],
)
def test_credentials_are_taken_out(secret: str) -> None:
    assert secret.strip() not in redact(f"before {secret} after")
    assert redact(f"before {secret} after").startswith("before [redacted]")


def test_the_words_around_a_value_stay() -> None:
    assert redact('api_key = "q8Zr3LmN7pXw2VbT"') == 'api_key = "[redacted]"'
    assert redact("postgresql://app:hunter2hunter2@db/app") == "postgresql://app:[redacted]@db/app"
