"""The form of an opinion, and what is accepted of one."""

from __future__ import annotations

import math
from collections.abc import Collection

from pydantic import BaseModel, ConfigDict

from projects.engine.plain import clean_text
from providers.failures.redact import message
from recovery.situation import Opinion
from recovery.states import Strategy

MOST_REASONS = 3


class Answer(BaseModel):
    """What the model is asked for. Anything beside it is dropped."""

    model_config = ConfigDict(extra="ignore")

    strategy: str
    confidence: float
    reasons: list[str] = []


def accepted(answer: Answer, *, options: Collection[Strategy], provider: str) -> Opinion | None:
    """The opinion: its confidence brought between 0 and 1, three reasons of 300 characters without secrets at most.
    None for a strategy that was not to choose from."""
    if answer.strategy not in set(map(str, options)) or not math.isfinite(answer.confidence):
        return None
    reasons = [message(clean_text(one)) for one in answer.reasons[:MOST_REASONS]]
    return Opinion(
        strategy=Strategy(answer.strategy),
        confidence=min(1.0, max(0.0, answer.confidence)),
        reasons=tuple(one for one in reasons if one),
        provider=provider,
    )
