"""The choice of a provider: chain → rules → gates → strategy → decision matrix with hysteresis → order with reasons.

Pure: a frozen view, a need and a moment in, an order out; no query, some tens of microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from providers.health.matrix import Score
from providers.health.settings import HealthSettings, settings_in
from providers.live.results import OF_THE_UPSTREAM
from providers.live.view import ChainView, Incumbent, WorkspaceView
from providers.routing.chains import chain_of, members
from providers.routing.choice import Candidate, Choice, Excluded
from providers.routing.demand import Demand
from providers.routing.gates import held, key_for, open_circuit
from providers.routing.leader import STEADY, Lead, lead
from providers.routing.local import Local
from providers.routing.need import Need
from providers.routing.rating import rating, weights_of
from providers.routing.rules import placed, wishes_of
from providers.routing.strategies import cheapest_first, ordered
from providers.states import Strategy
from providers.targets import Target

# Gates that hold a provider for the sake of this one request.
OF_THE_REQUEST = {"capability", "context", "region", "budget", "rule"}


def choose(
    view: WorkspaceView, need: Need, now: float, *, demand: Demand | None = None, local: Local | None = None
) -> Choice:
    """Who is asked, in which order, and why; who is not, and why not. `now` is in seconds since the epoch by the
    database's clock. Closed providers come first, the emergency one last. One whose circuit is not closed is only in
    the order where no other but the emergency one is left."""
    demand, local = demand or Demand(capabilities=need.capabilities), local or Local()
    settings, weights = settings_in(view.settings), weights_of(view)
    need = placed(view, need, demand) if view.rules else need
    chain = chain_of(view, need)
    wishes = wishes_of(view, need, demand)
    targets, excluded = members(view, chain, need, wishes)
    wisher = wishes.by if wishes.prefer or wishes.only else ""

    def rate(target: Target) -> Score:
        return rating(view, target, now, settings, weights)

    closed, shut, emergency = _gated(view, targets, excluded, need, demand, local, rate)
    tight = _tight(view, need)
    order: list[Candidate] = []
    leader, incumbent = "", None
    found = Lead(name="", reason="nobody of the chain can be asked")
    if closed:
        closed = _with_what_holds_back(closed, view, local, now)
        usual = not (wishes or tight or any(one.gate in OF_THE_REQUEST for one in excluded))
        incumbent = _incumbent(view, need, chain, closed, usual=usual) if not (wisher or tight) else None
        found, order = ranked(chain.strategy, closed, incumbent, view, local, now, settings, wisher=wisher, tight=tight)
        if not usual:
            found = replace(found, previous="", trigger="")
        leader = found.name if usual and chain.strategy in STEADY else ""
        excluded += [_as_excluded(one) for one in shut]
    else:
        order = sorted(shut, key=lambda one: one.until or 0.0)
    return Choice(
        chain=chain.task_kind,
        strategy=str(chain.strategy),
        candidates=(*order, *emergency),
        excluded=tuple(excluded),
        leader=leader,
        previous=found.previous,
        trigger=found.trigger,
        reason=found.reason,
        inputs=_inputs(view, need, demand, local, now, settings, incumbent, wisher=wisher, tight=tight)
        | {"order": list(chain.providers)},
    )


def ranked(
    strategy: Strategy,
    closed: Sequence[Candidate],
    incumbent: Incumbent | None,
    view: WorkspaceView,
    local: Local,
    now: float,
    settings: HealthSettings,
    *,
    wisher: str,
    tight: bool,
) -> tuple[Lead, list[Candidate]]:
    """Who leads, and the order of those that may be asked, given in that of the chain: by the strategy, then by
    hysteresis, then by this moment. A wish is followed as long as its provider is well: neither strategy nor hysteresis
    stands over it. Of `view` only quality and circuits are read."""
    order = list(closed) if wisher else ordered(strategy, closed, view, local)
    order = cheapest_first(order, local) if tight else order
    found = lead(strategy, order, incumbent, view, now, settings)
    return found, _arranged(order, found, strategy, wisher=wisher, tight=tight)


def _incumbent(
    view: WorkspaceView, need: Need, chain: ChainView, order: Sequence[Candidate], *, usual: bool
) -> Incumbent | None:
    """Who serves this kind of task. That it cannot serve a request with gates of its own is no reason to leave it; that
    it was chosen in another chain, or before somebody changed this one, is."""
    found = view.incumbents.get(need.task_kind)
    if found is not None and found.order and found.order != chain.providers:
        return None
    if found is None or usual or any(one.name == found.provider for one in order):
        return found
    return None


def _gated(
    view: WorkspaceView,
    targets: Sequence[Target],
    excluded: list[Excluded],
    need: Need,
    demand: Demand,
    local: Local,
    rate: Callable[[Target], Score],
) -> tuple[list[Candidate], list[Candidate], list[Candidate]]:
    """Those whose circuit is closed, those whose is not, and the emergency ones; what a gate holds goes to
    `excluded`."""
    closed: list[Candidate] = []
    shut: list[Candidate] = []
    emergency: list[Candidate] = []
    for position, target in enumerate(targets):
        key, no_key = key_for(view, target)
        stop = held(target, need, demand, local) or (no_key if no_key is not None and no_key.until is None else None)
        if stop is not None:
            excluded.append(stop)
            continue
        circuit = open_circuit(view, target)
        rated = rate(target)
        if target.emergency:
            emergency.append(
                Candidate(target=target, key=key, score=rated, reason="emergency: asked last", position=position)
            )
        elif circuit is None and no_key is None:
            closed.append(Candidate(target=target, key=key, score=rated, reason="", position=position))
        else:
            until = circuit.until if circuit is not None else no_key.until if no_key is not None else None
            why = (circuit.reason or circuit.failure_kind) if circuit is not None else no_key.reason if no_key else ""
            key = key or (target.keys[0] if target.keys else None)
            shut.append(
                Candidate(
                    target=target,
                    key=key,
                    score=rated,
                    reason=f"open: {why}",
                    closed=False,
                    until=until,
                    position=position,
                )
            )
    return closed, shut, emergency


def _with_what_holds_back(
    closed: Sequence[Candidate], view: WorkspaceView, local: Local, now: float
) -> list[Candidate]:
    """Who is in doubt here, full, or shares the fate of an open one, with the words for it."""
    bad_fates = _bad_fates(view, local)
    found: list[Candidate] = []
    for one in closed:
        behind, why = _held_back(one, local, bad_fates, suspected=view.circuit(one.name).suspected(now))
        found.append(replace(one, behind=behind, reason=why) if behind else one)
    return found


def _arranged(
    order: Sequence[Candidate], found: Lead, strategy: Strategy, *, wisher: str, tight: bool
) -> list[Candidate]:
    """The leader first, then the order; who is held back stands behind those who are not."""
    arranged: list[tuple[int, int, Candidate]] = []
    for place, one in enumerate(order):
        first = one.name == found.name
        reason = found.reason if first else _reason(strategy, wisher, place, tight=tight)
        reason = f"{reason}; {one.reason}" if one.behind else reason
        arranged.append((one.behind, -1 if first else place, replace(one, reason=reason)))
    arranged.sort(key=lambda entry: entry[:2])
    return [one for _, _, one in arranged]


def _held_back(one: Candidate, local: Local, bad_fates: frozenset[str], *, suspected: bool) -> tuple[int, str]:
    if one.name in local.doubted:
        return 4, "failed a moment ago, and shows no life yet"
    if one.name in local.outgrown:
        return 4, "said lately that so much does not fit"
    if suspected:
        return 3, "a probe is to confirm what failed"
    if one.target.upstream and one.target.upstream in bad_fates:
        return 2, f"shares the fate of {one.target.upstream}"
    if local.load.get(one.name, 0.0) >= 1.0:
        return 1, "full at present"
    return 0, ""


def _bad_fates(view: WorkspaceView, local: Local) -> frozenset[str]:
    """Upstreams of which one provider is out, or in doubt, with something that hits all of it."""
    return frozenset(
        target.upstream
        for name, target in view.targets.items()
        if target.upstream
        and (
            name in local.doubted
            or ((circuit := view.circuit(name)).failure_kind in OF_THE_UPSTREAM and not circuit.closed)
        )
    )


def _reason(strategy: Strategy, wisher: str, place: int, *, tight: bool) -> str:
    if tight:
        return f"number {place + 1} by price, as the budget is nearly used up"
    if wisher:
        return f"number {place + 1}, as {wisher} wants"
    if strategy in STEADY:
        return f"number {place + 1} of the chain" if strategy == "primary_secondary" else f"rank {place + 1}"
    return f"number {place + 1} by {strategy.replace('_', ' ')}"


def _as_excluded(one: Candidate) -> Excluded:
    return Excluded(name=one.name, gate="breaker", reason=one.reason, until=one.until)


def _tight(view: WorkspaceView, need: Need) -> bool:
    """Whether a budget of this request is so far used up that cheaper providers come first."""
    subjects = {view.workspace_id, need.project_id, need.build_id}
    return any(budget.pressure >= budget.warn_at for budget in view.budgets if budget.subject_id in subjects)


def _inputs(
    view: WorkspaceView,
    need: Need,
    demand: Demand,
    local: Local,
    now: float,
    settings: HealthSettings,
    incumbent: Incumbent | None,
    *,
    wisher: str,
    tight: bool,
) -> dict[str, object]:
    """What `providers.routing.replay` makes the order from again, and what else speaks for itself."""
    return {
        "now": now,
        "config": view.config_version,
        "health": view.health_version,
        "task_class": need.task_class,
        "region": need.region,
        "input_tokens": demand.input_tokens,
        "output_tokens": demand.output_tokens,
        "capabilities": sorted(demand.capabilities),
        "prefer": list(need.prefer),
        "only": list(need.only),
        "avoid": list(need.avoid),
        "turn": local.turn,
        "load": dict(local.load),
        "doubted": sorted(local.doubted),
        "outgrown": sorted(local.outgrown),
        "tight": tight,
        "wisher": wisher,
        "incumbent": [incumbent.provider, incumbent.since] if incumbent is not None else None,
        "hysteresis": [settings.switch_margin, settings.minimum_stay_s, settings.minimum_samples],
        "quality": {name: [one.checked, one.share] for name, one in view.quality.items()},
    }
