"""Who serves a kind of task: the order's first, unless hysteresis keeps the present one or health speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from providers.failures.kinds import TRAITS, FailureKind
from providers.health.matrix import should_switch
from providers.health.setback import APART_S
from providers.health.settings import HealthSettings
from providers.live.view import Incumbent, WorkspaceView
from providers.routing.choice import Candidate
from providers.states import Strategy

PREVENTIVE, RESTORED, IMMEDIATE, THRESHOLD, CHANGED = "preventive", "restored", "immediate", "threshold", "changed"
# Those in which one provider serves until there is a reason against it; the others take turns by their nature.
STEADY = {Strategy.PRIMARY_SECONDARY, Strategy.PERFORMANCE_BASED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """`previous` and `trigger` are set where this changes who serves."""

    name: str
    reason: str
    previous: str = ""
    trigger: str = ""


def lead(
    strategy: Strategy,
    order: Sequence[Candidate],
    incumbent: Incumbent | None,
    view: WorkspaceView,
    now: float,
    settings: HealthSettings,
) -> Lead:
    """`order` holds only closed ones and is not empty. An incumbent that is not among them is left at once, whatever
    the margin; where its circuit is not open it left the chain."""
    first = order[0]
    if strategy not in STEADY:
        return Lead(name=first.name, reason=f"first by {strategy.replace('_', ' ')}")
    here = next((one for one in order if incumbent is not None and one.name == incumbent.provider), None)
    if incumbent is not None and here is None:
        circuit = view.circuit(incumbent.provider)
        trigger = CHANGED if circuit.closed else trigger_of(circuit.failure_kind)
        reason = f"{incumbent.provider} is open: {circuit.reason}" if not circuit.closed else "the chain changed"
        return Lead(name=first.name, reason=reason, previous=incumbent.provider, trigger=trigger)
    current = here or first
    stay_s = now - incumbent.since if incumbent is not None else settings.minimum_stay_s
    if stay_s < -APART_S:
        stay_s = settings.minimum_stay_s  # the clock was set back since
    if strategy == Strategy.PERFORMANCE_BASED:
        return _away(current, first, stay_s, settings, known=incumbent is not None)
    if current is not first:
        return _back(current, first, stay_s, settings)
    best = max(order, key=lambda one: one.score.total)
    return _away(current, best, stay_s, settings, known=incumbent is not None)


def trigger_of(failure_kind: str) -> str:
    """Whether a breaker opened at once for this kind or at a threshold."""
    try:
        return IMMEDIATE if TRAITS[FailureKind(failure_kind)].immediate else THRESHOLD
    except ValueError:
        return THRESHOLD


def _back(current: Candidate, first: Candidate, stay_s: float, settings: HealthSettings) -> Lead:
    """The order's first one served before, or should by now."""
    switch = should_switch(current.score, first.score, settings, stay_s=stay_s, candidate_preferred=True)
    if switch.switch:
        return Lead(name=first.name, reason=switch.reason, previous=current.name, trigger=RESTORED)
    return Lead(name=current.name, reason=f"serves at present; {first.name}: {switch.reason}")


def _away(current: Candidate, best: Candidate, stay_s: float, settings: HealthSettings, *, known: bool) -> Lead:
    """One serves; another one may do so much better that it takes over."""
    if best is not current:
        switch = should_switch(current.score, best.score, settings, stay_s=stay_s)
        if switch.switch:
            return Lead(name=best.name, reason=switch.reason, previous=current.name, trigger=PREVENTIVE)
    return Lead(name=current.name, reason="serves at present" if known else "first of the chain")
