"""Who may be asked by a job's turns, as far as the loop must know: how much they read, and whether they have tools."""

from __future__ import annotations

from dataclasses import dataclass

from providers.live.view import WorkspaceView
from providers.routing.call import ports_or_wired
from providers.routing.choose import choose
from providers.routing.demand import Demand
from providers.routing.local import Local
from providers.routing.need import Need
from providers.targets import Capability

USUAL = 128_000  # tokens, where a provider does not say
MOST = 120_000  # more costs money at each turn and makes models inattentive
LEAST = 4_000


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`names` are those whose circuit is closed, in their order. `window` is what the first one reads, bounded;
    `tools`: whether any of them has tools."""

    names: tuple[str, ...]
    window: int
    tools: bool


async def asked_by(need: Need) -> Asked:
    """Costs no query where the workspace is known to this process."""
    ports = ports_or_wired(None)
    view: WorkspaceView = ports.live.view(need.workspace_id) or await ports.live.load(need.workspace_id)
    choice = choose(view, need, ports.live.now(), demand=Demand(), local=Local(speaks=ports.speaks))
    models = [one for one in choice.candidates if one.closed and not one.target.emergency]
    able = [one for one in models if Capability.TOOLS in one.target.capabilities]
    first = next(iter(able or models), None)
    window = (first.target.context_window if first is not None else None) or USUAL
    return Asked(
        names=tuple(one.name for one in models), window=max(LEAST, min(window, MOST)), tools=bool(able) or not models
    )
