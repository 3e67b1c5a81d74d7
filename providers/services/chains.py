"""Chains: who is asked in which order, for a kind of task, a task class of seeds 000, or by default."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.accounts.models import User, Workspace
from providers.config.editing import Json, edit
from providers.config.schema import DEFAULT_CHAIN
from providers.models import Chain
from providers.services.errors import InUse, NoSuchThing
from providers.states import Strategy


def chain_save(
    *,
    workspace: Workspace,
    actor: User | None,
    task_kind: str,
    providers: Sequence[str],
    strategy: Strategy | None = None,
    enabled: bool = True,
    door: str = "",
) -> Chain:
    """Makes or changes the chain of a kind of task. Without a strategy it follows the settings. Raises
    ConfigInvalid."""

    def change(document: Json) -> None:
        chain: Json = {"providers": list(providers), "enabled": enabled}
        document["chains"][task_kind] = chain if strategy is None else {**chain, "strategy": str(strategy)}

    edit(
        workspace=workspace, actor=actor, type="chain.saved", change=change, door=door, task_kind=task_kind,
        providers=list(providers), strategy=str(strategy or ""),
    )  # fmt: skip
    return Chain.objects.get(workspace=workspace, task_kind=task_kind)


def chain_remove(*, workspace: Workspace, actor: User | None, task_kind: str, door: str = "") -> None:
    """The default chain then serves that kind. Raises NoSuchThing, and InUse for the default chain itself."""

    def change(document: Json) -> None:
        if task_kind not in document["chains"]:
            raise NoSuchThing(f"There is no chain for {task_kind!r}.")
        if task_kind == DEFAULT_CHAIN:
            raise InUse("The default chain serves whatever has no chain of its own.", hint="Change it instead.")
        del document["chains"][task_kind]

    edit(workspace=workspace, actor=actor, type="chain.removed", change=change, door=door, task_kind=task_kind)
