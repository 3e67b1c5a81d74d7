"""Prices and tokens: pure."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from providers.chat import ChatRequest, TokenUsage
from providers.money.catalogue import catalogue, read
from providers.money.prices import FREE, Override, cost, cost_of, estimate, most, output_limit, price_of
from providers.money.tokens import PER_PICTURE, estimate_tokens, tokens_of
from providers.targets import Price, Target
from tests.money.targets import target

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
MODEL = "anthropic/claude-sonnet-5-5"
PRICE = Price(input_usd=Decimal(3), output_usd=Decimal(15), cached_usd=Decimal("0.3"), cache_write_usd=Decimal("3.75"))


def override(usd: str, *, days: int = -1, own: bool = False) -> Override:
    price = Price(input_usd=Decimal(usd), output_usd=Decimal(usd))
    return Override(model=MODEL, price=price, effective_from=NOW + dt.timedelta(days=days), own=own)


def test_the_cost_of_tokens_by_their_kind() -> None:
    usage = TokenUsage(input_tokens=1000, output_tokens=100, cached_tokens=400, cache_write_tokens=200)
    # 400 plain, 400 cached, 200 written, 100 out
    assert cost(usage, PRICE) == Decimal("0.00357000")
    plain = Price(input_usd=Decimal(3), output_usd=Decimal(15))
    assert cost(usage, plain) == Decimal("0.00450000")
    assert cost(usage, None) == 0
    assert cost(TokenUsage(input_tokens=1, cached_tokens=5), PRICE) == Decimal("0.0000015")


def test_an_estimate_is_never_below_the_cost() -> None:
    usage = TokenUsage(input_tokens=1001, output_tokens=77, cache_write_tokens=1001)
    assert most(PRICE, input_tokens=1001, output_tokens=77) >= cost(usage, PRICE)
    assert most(None, input_tokens=1, output_tokens=1) == 0
    tiny = Price(input_usd=Decimal("0.000001"), output_usd=Decimal(0))
    assert most(tiny, input_tokens=1, output_tokens=0) == Decimal("1E-8")


def test_the_estimate_of_a_request_takes_the_longest_answer() -> None:
    here: Target = target(price=PRICE, max_output_tokens=1000)
    request = ChatRequest(messages=({"role": "user", "content": "hello"},))
    assert output_limit(here, request) == 1000
    short = ChatRequest(messages=request.messages, max_output_tokens=10)
    assert output_limit(here, short) == 10
    assert output_limit(target(), request) == 4096
    assert estimate(here, request, 100) == Decimal("0.015375")
    assert estimate(here, short) < estimate(here, request)
    assert estimate(target(price=None), request) == 0
    assert cost_of(here, TokenUsage(output_tokens=1_000_000)) == 15


def test_overrides_go_before_the_table_and_the_workspaces_own_before_all() -> None:
    table = catalogue().entry(MODEL)
    assert table is not None
    assert price_of(MODEL, [], NOW) == table.price
    found = price_of(MODEL, [override("9", days=-9), override("8", days=-3), override("7", days=3)], NOW)
    assert found is not None
    assert found.input_usd == 8
    mine = price_of(MODEL, [override("9", days=-9, own=True), override("8")], NOW)
    assert mine is not None
    assert mine.input_usd == 9
    assert price_of("nobody/knows-this", [override("9")], NOW) is None


def test_a_model_on_ones_own_machine_costs_nothing() -> None:
    assert price_of("ollama_chat/anything", [], NOW) == FREE


@pytest.mark.feature("F2.14")
def test_the_table_that_ships_has_limits_and_prices_with_their_source() -> None:
    table = catalogue()
    assert len(table.models) >= 20
    assert len({one.provider for one in table.models}) >= 6
    for one in table.models:
        assert one.local or one.prices is not None, one.model
        assert one.context_window, one.model
        if one.prices is not None:
            assert one.prices.source
            assert dt.date.fromisoformat(one.prices.as_of) <= NOW.date()
            assert one.prices.cached_usd is None or one.prices.cached_usd <= one.prices.input_usd


def test_a_name_with_a_date_is_the_same_model() -> None:
    assert catalogue().entry(f"{MODEL}-20260901") == catalogue().entry(MODEL)
    assert catalogue().entry(f"{MODEL}-latest") == catalogue().entry(MODEL)
    assert catalogue().entry("made/up") is None


def test_a_table_with_an_error_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    entry = "  - {model: a/b, provider: a, capabilities: [streaming], aliases: [a/c]}\n"
    path.write_text("models:\n" + entry + entry)
    with pytest.raises(ValueError, match=r"more than once: a/b, a/c"):
        read(path)
    path.write_text("models:\n  - {model: a/b, provider: a, capabilities: [flying]}\n")
    with pytest.raises(ValidationError, match="capabilities"):
        read(path)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The quick brown fox jumps over the lazy dog. ", 10.01),
        ("敏捷的棕色狐狸跳过了那只懒狗。", 28.0),
        ("Die Straße überquerte größtenteils höfliche Fußgänger. ", 17.02),
        ("Съешь же ещё этих мягких французских булок. ", 29.02),
        ("😀🎉", 5.0),
    ],
)
def test_tokens_are_estimated_on_the_high_side(text: str, tokens: float) -> None:
    """Beside the true number by cl100k_base."""
    assert tokens <= tokens_of(text * 100) / 100 <= 2 * tokens


def test_texts_that_no_tokenizer_takes_have_a_number_too() -> None:
    assert tokens_of("") == 0
    assert tokens_of("\ud83d") >= 1


def test_the_tokens_of_a_request_are_those_of_all_its_parts() -> None:
    text = ChatRequest(messages=({"role": "user", "content": "x" * 320},))
    assert estimate_tokens(text) >= 100
    parts = [{"type": "text", "text": "x" * 320}, {"type": "image_url", "image_url": {"url": "data:" + "A" * 99_999}}]
    picture = ChatRequest(messages=({"role": "user", "content": parts},))
    assert PER_PICTURE < estimate_tokens(picture) < PER_PICTURE + 300
    tools = ({"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}},)
    with_tools = ChatRequest(messages=text.messages, tools=tools, response_format={"type": "json_object"})
    assert estimate_tokens(with_tools) > estimate_tokens(text) + 20
    odd = ChatRequest(messages=({"role": "tool", "content": None, "n": 3},))
    assert estimate_tokens(odd) > 0
