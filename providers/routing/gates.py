"""Who may be asked at all: each gate lets a provider through or says why not."""

from __future__ import annotations

from providers.live.view import Circuit, WorkspaceView
from providers.routing.choice import Excluded
from providers.routing.demand import Demand
from providers.routing.local import Local
from providers.routing.need import Need
from providers.targets import Key, Target


def held(target: Target, need: Need, demand: Demand, local: Local) -> Excluded | None:
    """The first gate that does not let the provider through, the breaker's and the key's apart."""
    if not local.speaks(target.kind):
        return Excluded(name=target.name, gate="kind", reason="makes work, not messages")
    if why := local.held(target):
        return Excluded(name=target.name, gate="program", reason=why)
    missing = demand.capabilities - target.capabilities
    if missing:
        return Excluded(name=target.name, gate="capability", reason=f"has no {', '.join(sorted(missing))}")
    if need.region and not target.region.startswith(need.region):
        where = f"in {target.region}" if target.region else "where, is not known"
        return Excluded(name=target.name, gate="region", reason=f"wanted in {need.region}; it is {where}")
    return _too_small(target, demand) or _too_dear(target, need, local)


def _too_small(target: Target, demand: Demand) -> Excluded | None:
    window = target.context_window
    wanted = demand.input_tokens + min(demand.output_tokens, target.max_output_tokens or demand.output_tokens)
    if window is None or wanted <= window:
        return None
    return Excluded(name=target.name, gate="context", reason=f"{wanted} tokens do not fit into its {window}")


def _too_dear(target: Target, need: Need, local: Local) -> Excluded | None:
    if need.budget_usd is None or local.estimate is None or target.emergency:
        return None
    estimate = local.estimate(target)
    if estimate is None or estimate <= need.budget_usd:
        return None
    reason = f"may cost {estimate:.4f} USD of {need.budget_usd:.4f} left"
    return Excluded(name=target.name, gate="budget", reason=reason)


def open_circuit(view: WorkspaceView, target: Target) -> Circuit | None:
    """The provider's own circuit where it is not closed."""
    circuit = view.circuit(target.name)
    return None if circuit.closed else circuit


def key_for(view: WorkspaceView, target: Target) -> tuple[Key | None, Excluded | None]:
    """The first credential that is not known to be bad; else the reason why there is none."""
    if not target.keys:
        if target.needs_key and not target.emergency:
            return None, Excluded(name=target.name, gate="key", reason="has no key")
        return None, None
    bad: list[Circuit] = []
    for key in target.keys:
        circuit = view.circuit(target.name, key.name)
        if circuit.closed:
            return key, None
        bad.append(circuit)
    soonest = min((one.until for one in bad if one.until is not None), default=None)
    reason = f"no good key: {bad[0].reason or bad[0].failure_kind}"
    return None, Excluded(name=target.name, gate="key", reason=reason, until=soonest)
