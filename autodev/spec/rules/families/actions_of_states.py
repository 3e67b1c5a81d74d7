"""States that only actions can reach: where "only managers approve requests" and a request may be rejected, there is an action for each."""

from __future__ import annotations

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.families.actions import PARTICIPLES, STATUS, add_action
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause


@reads(Stage.ACTIONS)
def every_state_is_reached(draft: Draft, clause: Clause) -> None:
    """The other outcomes of the first state, by whoever may do the one that was told."""
    for entity in draft.entities.values():
        told = next((want for want in draft.wants if want.id == f"{entity.plural}_states"), None)
        status = entity.field("status")
        if told is None or told.clause is not clause or status is None or status.is_input:
            continue
        first = str(status.default)
        reached = {getattr(a.sets.get("status"), "value", None): a for a in entity.actions}
        who = {action.who for state, action in reached.items() if state is not None}
        for state in [s for s in status.choices if s != first and s not in reached]:
            verb = PARTICIPLES.get(state, "")
            if STATUS.get(verb, ("", ""))[1] == state:
                add_action(draft, clause, entity, verb, admin=who == {"admin"})
