"""Moving a workspace to the state that its facts give: compare-and-swap, with the event of the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import transaction

from autodev.accounts.models import Workspace, WorkspaceState
from autodev.events.notify import notify, workspace_topic
from autodev.events.services import record
from autodev.lib.db import write
from autodev.lib.errors import DomainError
from recovery.off_loop import off_loop
from recovery.workspace.facts import facts_of
from recovery.workspace.states import Facts, state_of, way

# The name of seeds 004.
WorkspaceStatus = WorkspaceState
EVENT = "alert.workspace_state"
HINT = "workspace.state"


class NotSoByFacts(DomainError):
    """A state was asked for that the facts of the workspace do not give."""

    code = "not_so_by_facts"
    status = 409
    hint = "The state follows the workspace's tasks: answer, retry or accept what failed."


def follow(workspace_id: uuid.UUID) -> WorkspaceState:
    """Moves the workspace where its facts lead and gives the state. In the transaction of what changed the facts, or in
    one of its own. Where another process moved it meanwhile nothing is done: each sweep looks again."""

    def apply() -> WorkspaceState:
        facts = facts_of([workspace_id])[workspace_id]
        state = WorkspaceState(Workspace.objects.values_list("state", flat=True).get(pk=workspace_id))
        wanted = state_of(facts)
        for to in way(state, wanted):
            if not Workspace.objects.filter(pk=workspace_id, state=state).update(state=to):
                break
            _tell(workspace_id, state, to, facts)
            state = to
        return state

    return write(apply)


def follow_all() -> int:
    """Moves every workspace that is not where its facts lead; gives how many were looked at twice. Two queries where
    all are."""
    facts = facts_of()
    states = dict(Workspace.objects.exclude(state=WorkspaceState.ACTIVE).values_list("pk", "state"))
    wrong = wrongly(facts, {one: WorkspaceState(state) for one, state in states.items()})
    for workspace_id in wrong:
        follow(workspace_id)
    return len(wrong)


def wrongly(facts: dict[uuid.UUID, Facts], states: dict[uuid.UUID, WorkspaceState]) -> Collection[uuid.UUID]:
    """The workspaces whose state is not that of their facts; who is not among the states is ACTIVE. Pure."""
    return [
        one
        for one in dict.fromkeys([*facts, *states])
        if state_of(facts.get(one, Facts())) != states.get(one, WorkspaceState.ACTIVE)
    ]


def set_status(workspace_id: uuid.UUID, value: str) -> WorkspaceState:
    """Moves the workspace where its facts lead, which must be `value`. Raises ValueError for a word that is no state,
    NotSoByFacts for one that the facts do not give."""
    wanted, state = WorkspaceStatus(value), follow(workspace_id)
    if state != wanted:
        raise NotSoByFacts(f"The workspace's tasks make it “{state.label}”, not “{wanted.label}”.")
    return state


async def update_workspace_status(workspace_id: uuid.UUID | str, value: str) -> WorkspaceState:
    """The name of seeds 004: `set_status` for callers on an event loop."""
    key = workspace_id if isinstance(workspace_id, uuid.UUID) else uuid.UUID(workspace_id)
    return await off_loop(set_status, key, value)


def _tell(workspace_id: uuid.UUID, before: WorkspaceState, state: WorkspaceState, facts: Facts) -> None:
    payload = {
        "from": str(before), "to": str(state), "recovering": facts.recovering, "degraded": facts.degraded,
    }  # fmt: skip
    record(type=EVENT, workspace_id=workspace_id, payload=payload)
    hint = {"type": HINT, "id": str(workspace_id), "version": 0}
    transaction.on_commit(lambda: notify(workspace_topic(workspace_id), hint), robust=True)
