"""A probe is one small request, and fails as a call does."""

from __future__ import annotations

import pytest

from providers.failures.kinds import FailureKind
from providers.failures.signal import CallFailed
from providers.kinds.litellm import LiteLLMKind
from tests.providers.kinds.calls import KEY, target
from tests.providers_lab import Answer, Upstream

pytestmark = pytest.mark.feature("F2.1")


async def test_a_provider_that_answers(kind: LiteLLMKind, upstream: Upstream, model: str) -> None:
    await kind.probe(target(model, upstream), KEY)
    (seen,) = upstream.requests
    assert len(seen.raw) < 400
    assert "16" in seen.raw.decode()


async def test_an_answer_cut_off_before_its_first_word_will_do(
    kind: LiteLLMKind, upstream: Upstream, model: str
) -> None:
    upstream.answer(Answer(text="", finish="length"))
    await kind.probe(target(model, upstream), KEY)


@pytest.mark.parametrize("words", ["500", "401", "empty_content", "refused"])
async def test_a_provider_that_does_not(kind: LiteLLMKind, upstream: Upstream, model: str, words: str) -> None:
    upstream.fail(words)
    with pytest.raises(CallFailed):
        await kind.probe(target(model, upstream), KEY)


async def test_a_provider_without_the_key_that_it_needs(kind: LiteLLMKind, upstream: Upstream, model: str) -> None:
    with pytest.raises(CallFailed) as failed:
        await kind.probe(target(model, upstream), None)
    assert failed.value.signal.error_type == FailureKind.AUTHENTICATION
    assert upstream.calls == 0
