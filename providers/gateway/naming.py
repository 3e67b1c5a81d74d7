"""What the caller's word for a model means: a chain, a provider, or a model behind some providers."""

from __future__ import annotations

from providers.kinds.agents import is_agent_kind
from providers.live.view import ChainView, WorkspaceView

DEFAULT = "default"
LONG_AGO = "1970-01-01T00:00:00Z"  # as Anthropic's format says that it is not known
# Words that ask for whoever is best.
ANYBODY = frozenset({"", "auto", "default", "autodev"})


def meaning(model: str, view: WorkspaceView) -> tuple[str, tuple[str, ...]]:
    """(the chain's kind of task, the providers to prefer). A chain's own name wins, then a provider's, then the model
    of some providers, with litellm's prefix or without. Any other word takes the default chain: an agent program names
    the models of its own maker, and the answer says who gave it. So does a chain of agent programs, which ask for
    messages themselves."""
    word = model.removeprefix("autodev/")
    if word in ANYBODY:
        return DEFAULT, ()
    if word in view.chains:
        return (word if _answers(view.chains[word], view) else DEFAULT), ()
    models = {name: target for name, target in view.targets.items() if not is_agent_kind(target.kind)}
    if word in models:
        return DEFAULT, (word,)
    behind = [name for name, target in models.items() if word in {target.model, target.model.partition("/")[2]} - {""}]
    return DEFAULT, tuple(behind)


def _answers(chain: ChainView, view: WorkspaceView) -> bool:
    """Whether it holds more than agent programs and the emergency provider."""
    there = [view.targets[name] for name in chain.providers if name in view.targets]
    programs = [one for one in there if is_agent_kind(one.kind)]
    return not programs or any(not one.emergency for one in there if one not in programs)


def listing(view: WorkspaceView) -> list[dict[str, object]]:
    """Everything that can stand as `model`, with the fields of both formats."""
    owners = dict.fromkeys(view.chains, "autodev-chain")
    for name, target in view.targets.items():
        if not (target.emergency or is_agent_kind(target.kind)):
            owners.setdefault(name, target.model or target.kind)
    return [
        {"id": name, "object": "model", "created": 0, "owned_by": owner}
        | {"type": "model", "display_name": name, "created_at": LONG_AGO}
        for name, owner in owners.items()
    ]
