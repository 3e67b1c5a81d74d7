"""A choice that nobody follows: where a request would go now, and why."""

from __future__ import annotations

from decimal import Decimal

from providers.kinds.agents import why_not
from providers.kinds.models import model_kinds
from providers.live.view import WorkspaceView
from providers.money.prices import most
from providers.routing.choice import Candidate, Choice
from providers.routing.choose import choose
from providers.routing.demand import Demand
from providers.routing.local import Local
from providers.routing.need import Need
from providers.states import CallPurpose
from providers.targets import Target


def dry_run(view: WorkspaceView, need: Need, now: float, *, output_tokens: int = 0) -> Choice:
    """What `choose` says of a request with so many tokens. What only the process knows that would make it (calls under
    way, whom it just saw fail, whose turn it is) is left out."""
    input_tokens = need.input_tokens or 0
    demand = Demand(input_tokens=input_tokens, output_tokens=output_tokens, capabilities=need.capabilities)

    def estimate(target: Target) -> Decimal | None:
        if target.price is None:
            return None
        return most(target.price, input_tokens=input_tokens, output_tokens=output_tokens)

    # A job may end at an agent program, which makes the work itself; who wants messages cannot.
    local = Local(estimate=estimate, held=lambda target: why_not(target.kind, need.task_kind))
    if need.purpose == CallPurpose.GATEWAY:
        local = Local(estimate=estimate, speaks=set(model_kinds()).__contains__)
    return choose(view, need, now, demand=demand, local=local)


def sentence(choice: Choice, now: float | None = None) -> str:
    """In plain words; with `now`, also when one that is waited for is asked again."""
    if not choice.candidates:
        return "Nobody can be asked."
    first = choice.candidates[0]
    if first.target.emergency:
        return f"This would go to {first.name}, as no other provider can be asked."
    if first.closed:
        return f"This would go to {first.name}: {first.reason or choice.reason}."
    again = f", which is tried again {when(first, now)}" if now is not None else ""
    return f"Nobody is ready. This would wait for {first.name}{again}."


def when(candidate: Candidate, now: float) -> str:
    """When one whose circuit is not closed is asked again."""
    wait_s = (candidate.until or now) - now
    return f"in {wait_s:.0f} s" if wait_s >= 1 else "at once"
