"""Where a workspace stands, and what happens next and when."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Count, Min, Q

from autodev.accounts.models import Workspace, WorkspaceState
from projects.models import Task
from projects.states import BUILD_LIVE, PERSON, RECOVERY, TASK_BROKEN, TaskState
from recovery.models import HumanRequest
from recovery.states import RequestState
from recovery.workspace.facts import facts_of

MEANINGS = {
    WorkspaceState.ACTIVE: "Everything that was begun goes on as planned.",
    WorkspaceState.AUTO_RECOVERING: "Something failed, and AutoDev is repairing it. All other work goes on.",
    WorkspaceState.DEGRADED_MODE: "Some work could not be done, or only in part. All other work goes on.",
}
UNDECIDED = "{tasks} failed just now; recovery is about to decide what to do with {it}."
TIMED = "{tasks} wait{s} for a moment that is known and {goes} on without anybody."
ASKED = "{tasks} wait{s} for a person's answer; the rest of the build goes on."
SLOWED = "New work starts a little slower meanwhile, so that the repair goes first."


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """`undecided` failed and recovery has not decided yet, `timed` wait for a moment, `asked` for a person; `next_at`
    is when the first of them goes on by itself. `recovering` and `degraded` are the facts of which the state follows,
    `dead` the dead letters, `questions` what a person is asked."""

    state: str
    undecided: int
    timed: int
    asked: int
    next_at: dt.datetime | None
    recovering: int
    degraded: int
    dead: int
    questions: int

    @property
    def label(self) -> str:
        return str(WorkspaceState(self.state).label)

    @property
    def meaning(self) -> str:
        return meaning_of(self.state)

    @property
    def slowed(self) -> str:
        return "" if self.state == WorkspaceState.ACTIVE else SLOWED

    @property
    def nexts(self) -> tuple[str, ...]:
        """What happens next, in sentences; the moment of the first is `next_at`."""
        return tuple(
            sentence.format(tasks=_tasks(number), it="it" if number == 1 else "them", s="s" if number == 1 else "",
                            goes="goes" if number == 1 else "go")
            for number, sentence in ((self.undecided, UNDECIDED), (self.timed, TIMED), (self.asked, ASKED))
            if number
        )  # fmt: skip


def _tasks(number: int) -> str:
    return f"{number} task{'' if number == 1 else 's'}"


def meaning_of(state: str) -> str:
    """What the state of a workspace means, in a sentence."""
    return str(MEANINGS[WorkspaceState(state)])


def outlook_of(workspace: Workspace) -> Outlook:
    """Three queries."""
    waiting = Q(state=TaskState.WAITING, build__state__in=BUILD_LIVE)
    timed = waiting & ~Q(wait_reason__in=[RECOVERY, PERSON])
    counted = Task.objects.filter(build__workspace=workspace).aggregate(
        undecided=Count("pk", filter=waiting & Q(wait_reason=RECOVERY)),
        timed=Count("pk", filter=timed),
        asked=Count("pk", filter=waiting & Q(wait_reason=PERSON)),
        next_at=Min("next_run_at", filter=waiting & ~Q(wait_reason=PERSON)),
        dead=Count("pk", filter=Q(state__in=TASK_BROKEN, accepted_at=None)),
    )
    facts = facts_of([workspace.pk])[workspace.pk]
    return Outlook(
        state=workspace.state,
        questions=open_questions(workspace.pk),
        recovering=facts.recovering,
        degraded=facts.degraded,
        **counted,
    )


def open_questions(workspace_id: uuid.UUID) -> int:
    """How many questions wait for a person: the number in the bar."""
    return HumanRequest.objects.filter(workspace_id=workspace_id, state=RequestState.OPEN).count()
