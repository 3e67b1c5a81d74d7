"""Which providers could be asked now, as the database has it this moment."""

from __future__ import annotations

import logging
import uuid

from autodev.contracts.job import JobKind
from providers.live.fresh import Fresh, fresh
from providers.routing.dry import dry_run
from providers.routing.need import Need

log = logging.getLogger(__name__)
# The kinds of task whose work a provider does, and what it is asked for then.
JOBS: dict[str, JobKind] = {
    "understand": JobKind.ANALYSE,
    "change_understand": JobKind.ANALYSE,
    "plan": JobKind.PLAN,
    "implement": JobKind.IMPLEMENT,
    "extend": JobKind.IMPLEMENT,
    "change_extend": JobKind.IMPLEMENT,
    "test": JobKind.TEST,
    "repair": JobKind.REPAIR,
    "review": JobKind.REVIEW,
    "document": JobKind.DOCUMENT,
}


class Askable:
    """Remembers each workspace, so that a batch reads it once (some ten queries)."""

    def __init__(self) -> None:
        self._known: dict[uuid.UUID, Fresh | None] = {}
        self._order: dict[tuple[uuid.UUID, str], tuple[str, ...]] = {}

    def now(self, workspace_id: uuid.UUID, task_kind: str) -> tuple[str, ...]:
        """Names in the order in which they would be asked. Those whose circuit is open or that have no key are left
        out, and the emergency ones, which answer in any case. Empty where the configuration cannot be read."""
        place = (workspace_id, task_kind)
        if place not in self._order:
            self._order[place] = self._read(workspace_id, task_kind)
        return self._order[place]

    def _read(self, workspace_id: uuid.UUID, task_kind: str) -> tuple[str, ...]:
        found = self._of(workspace_id)
        if found is None:
            return ()
        need = Need(workspace_id=workspace_id, task_kind=str(JOBS.get(task_kind, task_kind)))
        order = dry_run(found.view, need, found.now).candidates
        return tuple(one.name for one in order if one.closed and not one.target.emergency)

    def _of(self, workspace_id: uuid.UUID) -> Fresh | None:
        if workspace_id not in self._known:
            try:
                self._known[workspace_id] = fresh(workspace_id)
            except ValueError:  # a row that nobody understands: the pages of providers show it
                log.exception("recovery.providers_unreadable", extra={"workspace": str(workspace_id)})
                self._known[workspace_id] = None
        return self._known[workspace_id]
