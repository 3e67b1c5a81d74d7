"""A provider that breaks by the name of the model: an upstream of the lab with all sixteen faults on it."""

from __future__ import annotations

import time
from typing import Final

from tests.gateway.failover.scenarios import NO_PREFILL, SCENARIOS, Scenario, Timing
from tests.providers_lab import Answer, Fault, Seen, Upstream
from tests.providers_lab.answers import Asked
from tests.providers_lab.faults import fault

TEXT: Final = (
    "Nobody notices a good understudy until the lead loses a voice in the second act. She knows every line of the "
    "play, steps out of the dark at the exact word where it stopped, and the house hears one story told once, "
    "from beginning to end, with no gap in it and no line spoken twice by anyone at all."
)
PREFILLED: Final = (
    "This model does not support assistant message prefill. The conversation must end with a user message."
)


class Wall:
    """`begin` makes it as new for a scenario; `attempts` are what reached a model since."""

    def __init__(self, upstream: Upstream, timing: Timing) -> None:
        self.upstream, self.timing = upstream, timing

    def begin(self) -> float:
        """Gives the moment of its own clock at which it began."""
        self.upstream.reset()
        self.upstream.token_interval_s = self.timing.token_s
        self.upstream.answer(_answered)
        for one in SCENARIOS:
            self.upstream.fail(self._fault(one))
        return time.monotonic()

    def heal(self, scenario: Scenario) -> None:
        self.upstream.fail(fault(scenario.fault, model=scenario.model, times=0))

    def attempts(self, model: str) -> list[Seen]:
        return [one for one in list(self.upstream.requests) if one.wire and one.model == model]

    def _fault(self, scenario: Scenario) -> Fault:
        late = {"interval_s": self.timing.first_token_s} if scenario.fault == "late" else {}
        return fault(scenario.fault, model=scenario.model, **late)


def prefilled(seen: Seen) -> bool:
    """Whether the caller put words into the model's mouth."""
    messages = seen.body.get("messages") or [{}]
    return bool(messages[-1].get("role") == "assistant")


def _answered(asked: Asked) -> Answer:
    """Raises ValueError, which the lab answers with 400, for a prefill where none is taken."""
    messages = asked.body.get("messages") or [{}]
    if asked.model == NO_PREFILL and messages[-1].get("role") == "assistant":
        raise ValueError(PREFILLED)
    return Answer(text=TEXT)
