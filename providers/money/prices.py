"""What tokens cost. Pure: money is Decimal in US dollars, prices are US dollars per million tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from providers.chat import ChatRequest, TokenUsage
from providers.money.catalogue import catalogue
from providers.money.tokens import estimate_tokens
from providers.targets import Price, Target

PER = Decimal(1_000_000)
PLACES = Decimal("1E-8")
FREE = Price(input_usd=Decimal(0), output_usd=Decimal(0), cached_usd=Decimal(0), source="local")
# What a request may write where neither it nor its target says how much.
USUAL_OUTPUT_TOKENS = 4096


@dataclass(frozen=True, kw_only=True)
class Override:
    """A price that holds for `model` from a moment on; `own` where a workspace set it, which goes before one of the
    whole installation."""

    model: str
    price: Price
    effective_from: dt.datetime
    own: bool = False


def price_of(model: str, overrides: Iterable[Override], at: dt.datetime) -> Price | None:
    """What holds for a model at a moment: the workspace's own override, else the installation's, the newest first, else
    the price table's; None where nobody knows. Models on one's own machine cost nothing."""
    ours = [one for one in overrides if one.model == model and one.effective_from <= at]
    if ours:
        return max(ours, key=lambda one: (one.own, one.effective_from)).price
    entry = catalogue().entry(model)
    if entry is None:
        return None
    return FREE if entry.local else entry.price


def cost(usage: TokenUsage, price: Price | None) -> Decimal:
    """What the tokens cost, to eight places; nothing where the price is unknown. Tokens read from or written to a
    provider's prompt cache have prices of their own where these are known, else that of other input."""
    if price is None:
        return Decimal(0)
    cached = price.input_usd if price.cached_usd is None else price.cached_usd
    written = price.input_usd if price.cache_write_usd is None else price.cache_write_usd
    plain = max(0, usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens)
    total = (
        plain * price.input_usd
        + usage.cached_tokens * cached
        + usage.cache_write_tokens * written
        + usage.output_tokens * price.output_usd
    )
    return (total / PER).quantize(PLACES, rounding=ROUND_HALF_EVEN)


def most(price: Price | None, *, input_tokens: int, output_tokens: int) -> Decimal:
    """The most that a call with so many tokens may cost, rounded up; nothing where the price is unknown."""
    if price is None:
        return Decimal(0)
    dearest = max(price.input_usd, price.cache_write_usd or price.input_usd)
    total = (input_tokens * dearest + output_tokens * price.output_usd) / PER
    return total.quantize(PLACES, rounding=ROUND_CEILING)


def output_limit(target: Target, request: ChatRequest) -> int:
    """How many tokens the answer may have at most, as far as request and target say."""
    limits = [limit for limit in (request.max_output_tokens, target.max_output_tokens) if limit is not None]
    return min(limits) if limits else USUAL_OUTPUT_TOKENS


def estimate(target: Target, request: ChatRequest, input_tokens: int | None = None) -> Decimal:
    """The most that a request may cost at a target: all of its input and the longest answer. `input_tokens` saves the
    count where it is known."""
    tokens = estimate_tokens(request) if input_tokens is None else input_tokens
    return most(target.price, input_tokens=tokens, output_tokens=output_limit(target, request))


def cost_of(target: Target, usage: TokenUsage) -> Decimal:
    """What a usage costs at a target."""
    return cost(usage, target.price)
