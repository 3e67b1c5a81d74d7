"""Which providers stand in the chain of a request, and in which order, before health and load are looked at."""

from __future__ import annotations

from providers.kinds.agents import is_agent_kind
from providers.live.view import ChainView, WorkspaceView
from providers.routing.choice import Excluded
from providers.routing.need import Need
from providers.routing.rules import Wishes
from providers.states import Strategy
from providers.targets import Target

DEFAULT = "default"


def chain_of(view: WorkspaceView, need: Need) -> ChainView:
    """That of the task class, else of the task kind, else the default one; without any, all providers in turn."""
    for name in (need.task_class, need.task_kind, DEFAULT):
        found = view.chains.get(name) if name else None
        if found is not None:
            return found
    return ChainView(task_kind=DEFAULT, strategy=Strategy.PRIMARY_SECONDARY, providers=tuple(view.targets))


def members(view: WorkspaceView, chain: ChainView, need: Need, wish: Wishes) -> tuple[list[Target], list[Excluded]]:
    """The providers of the chain after rules and overrides, the emergency ones last; and those that fell out. A
    provider that a wish names need not be in the chain."""
    names = list(dict.fromkeys((*wish.prefer, *(wish.only or chain.providers))))
    if wish.only:
        names = [name for name in names if name in wish.only]
    out: list[Excluded] = []
    found: list[Target] = []
    for name in names:
        target = view.targets.get(name)
        if target is None:
            out.append(Excluded(name=name, gate="disabled", reason="is switched off or not there"))
        elif name in wish.avoid:
            out.append(Excluded(name=name, gate="rule", reason=f"avoided by {wish.by}"))
        elif target.emergency and not need.emergency:
            out.append(Excluded(name=name, gate="emergency", reason="an emergency answer is not wanted"))
        else:
            found.append(target)
    _note_left_out(chain, wish, out)
    regular = [target for target in found if not target.emergency]
    emergency = [target for target in found if target.emergency]
    if not view.fallback and len(regular) > 1:
        # A program is the first to work, and needs the first model to ask.
        first = [regular[0], *[target for target in regular if not is_agent_kind(target.kind)][:1]]
        out.extend(
            Excluded(name=target.name, gate="flag", reason="LOVABLE_FALLBACK_CHAIN is off")
            for target in regular
            if target not in first
        )
        regular = [target for target in regular if target in first]
    return [*regular, *emergency], out


def _note_left_out(chain: ChainView, wish: Wishes, out: list[Excluded]) -> None:
    if wish.only:
        out.extend(
            Excluded(name=name, gate="rule", reason=f"{wish.by} wants only {', '.join(wish.only)}")
            for name in chain.providers
            if name not in wish.only
        )
