"""The words for what was left out are no JSON."""

from __future__ import annotations

import pytest

from autodev.lib.words import counted
from projects.pipeline.standing import REASON_SHOWN, in_words

BODY = '{"error": {"message": "The model is overloaded.", "type": "server_error"}}'


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("", ""),
        ("It failed.\nTraceback …", "It failed"),
        (f"No provider answered. a: {BODY}", "No provider answered. a: The model is overloaded"),
        (BODY, "The model is overloaded"),
        ('a: {"error": {"message": "Say \\"please\\"", "typ', 'a: Say "please"'),
        ("a: OpenAIException - {'error': {'message': 'no such model'}}", "a: OpenAIException: no such model"),
        ('a: {"code": 7}', "a"),
        ("The set {x} is empty", "The set {x} is empty"),
        ("x" * 500, "x" * REASON_SHOWN),
    ],
)
def test_an_error_in_words(error: str, words: str) -> None:
    assert in_words(error) == words


def test_numbers_in_sentences() -> None:
    assert [counted(n, "requirement") for n in (0, 1, 2)] == ["0 requirements", "1 requirement", "2 requirements"]
    assert counted(2, "reply", "replies") == "2 replies"
