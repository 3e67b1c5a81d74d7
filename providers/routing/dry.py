"""A choice that nobody follows: where a request would go now, and why."""

from __future__ import annotations

from decimal import Decimal

from providers.kinds.agents import why_not
from providers.kinds.models import model_kinds
from providers.live.view import WorkspaceView
from providers.money.prices import most
from providers.routing.choice import Choice
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


def sentence(choice: Choice) -> str:
    """In plain words."""
    if not choice.candidates:
        return "Nobody can be asked."
    first = choice.candidates[0]
    if first.target.emergency:
        return f"This would go to {first.name}, as no other provider can be asked."
    return f"This would go to {first.name}: {first.reason or choice.reason}."
