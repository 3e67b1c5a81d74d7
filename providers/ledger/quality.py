"""Whether the work that answers led to passed its checks: the quality of a provider, as far as it can be measured."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable

from autodev.lib.db import write
from providers.health.settings import DEFAULTS
from providers.live import store
from providers.live.results import CircuitId, Member, Worked
from providers.models import Call
from providers.states import CallOutcome, CallPurpose


def work_passed(
    task_id: uuid.UUID,
    passed: bool,  # noqa: FBT001 - the two belong together
    *,
    fence: Callable[[], None] | None = None,
) -> int:
    """Notes it at the answers that the task's work was made from since it was last judged, and in the health of their
    providers; an agent program's run is judged as the answers beneath it are. Gives the number of answers. Emergency
    and cached answers and probes say nothing about a provider. `fence` is the first statement of the transaction: it
    raises where the task is no longer the caller's, and nothing is written then."""

    def note() -> list[Call]:
        if fence is not None:
            fence()
        return _note(task_id, passed=passed)

    judged = write(note)
    results: dict[uuid.UUID, list[tuple[CircuitId, Worked]]] = defaultdict(list)
    members: dict[uuid.UUID, Member] = {}
    for call in judged:
        if call.provider_id is not None and call.provider_id not in members:
            members[call.provider_id] = Member(id=call.provider_id, name=call.provider_name)
            results[call.workspace_id].append(((call.provider_id, ""), Worked(passed=passed)))
    for workspace_id, worked in results.items():
        store.record(workspace_id, worked, tuple(members.values()), DEFAULTS)
    return len(judged)


def _note(task_id: uuid.UUID, *, passed: bool) -> list[Call]:
    answers = list(
        Call.objects.select_for_update().filter(
            task_id=task_id,
            work_passed=None,
            outcome=CallOutcome.SUCCEEDED,
            purpose__in=(CallPurpose.JOB, CallPurpose.GATEWAY, CallPurpose.AGENT),
            emergency=False,
            cache_hit=False,
        )
    )
    Call.objects.filter(pk__in=[one.pk for one in answers]).update(work_passed=passed)
    return answers
