"""A choice that nobody follows: where a request would go now, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from providers.kinds.agents import why_not
from providers.kinds.models import model_kinds
from providers.live.view import WorkspaceView
from providers.money.prices import USUAL_OUTPUT_TOKENS, most
from providers.routing.choice import Candidate, Choice
from providers.routing.choose import choose
from providers.routing.demand import Demand
from providers.routing.local import Local
from providers.routing.need import Need
from providers.states import CallPurpose, Strategy
from providers.targets import Target

THEN = {
    Strategy.ROUND_ROBIN: "take turns, and each process counts its own",
    Strategy.LEAST_LOADED: "are compared by their calls under way, which only the process that asks knows",
}


def dry_run(view: WorkspaceView, need: Need, now: float, *, output_tokens: int = 0) -> Choice:
    """What `choose` says of a request with so many tokens. What only the process knows that would make it (calls under
    way, whom it just saw fail, whose turn it is) is left out; where that decides, the first one's reason says so."""
    demand = Demand(input_tokens=need.input_tokens or 0, output_tokens=output_tokens, capabilities=need.capabilities)
    estimate = estimating(demand.input_tokens, output_tokens)
    # A job may end at an agent program, which makes the work itself; who wants messages cannot.
    local = Local(estimate=estimate, held=lambda target: why_not(target.kind, need.task_kind))
    if need.purpose == CallPurpose.GATEWAY:
        local = Local(estimate=estimate, speaks=set(model_kinds()).__contains__)
    return _with_what_decides_then(choose(view, need, now, demand=demand, local=local))


def estimating(input_tokens: int, output_tokens: int) -> Callable[[Target], Decimal | None]:
    """What the routing sets aside for such a request at a target: the longest answer that the request (where
    `output_tokens` is not 0) and the target allow. None where the price is not known."""

    def estimate(target: Target) -> Decimal | None:
        if target.price is None:
            return None
        longest = min(filter(None, (output_tokens, target.max_output_tokens)), default=USUAL_OUTPUT_TOKENS)
        return most(target.price, input_tokens=input_tokens, output_tokens=longest)

    return estimate


def _with_what_decides_then(choice: Choice) -> Choice:
    ready = [one for one in choice.candidates if one.closed and not one.target.emergency and not one.behind]
    why = THEN.get(Strategy(choice.strategy))
    if why is None or len(ready) < 2 or choice.inputs["wisher"] or choice.inputs["tight"]:
        return choice
    first, *others = choice.candidates
    reason = f"{', '.join(one.name for one in ready)} {why}"
    return replace(choice, candidates=(replace(first, reason=reason), *others), reason=reason)


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
