"""Which strategies a member may choose for a task now, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass

from projects import review
from projects.models import Task
from projects.services.errors import WrongState
from projects.states import TaskState
from recovery.gather import situation_of
from recovery.numbers import chooser_for
from recovery.selectors.words import DOES, changes_of
from recovery.states import SIX

REVIEW = "Approve the Spec on the build's page."
WAITS = "Only a task that waits, in a build that has not ended, can be decided about."


@dataclass(frozen=True, kw_only=True)
class Choice:
    """`params` is how it would be used next, in words; `why_not` is empty where it is possible."""

    strategy: str
    label: str
    does: str
    params: str = ""
    why_not: str = ""


def decidable(task: Task) -> bool:
    """Whether there is something to decide: it waits, and not for the review of a Spec."""
    return task.state == TaskState.WAITING and task.key != review.KEY and not task.build.is_final


def act_on(task: Task) -> Task:
    """The task itself. Raises WrongState where there is nothing to decide, as about the review of a Spec."""
    if not decidable(task):
        hint = REVIEW if task.key == review.KEY else WAITS
        raise WrongState(f"“{task.title}” cannot be decided about now.", hint=hint)
    return task


def choices_of(task: Task) -> list[Choice]:
    """All six in the order of seeds 004; none where there is nothing to decide. Reads the situation, which costs some
    twenty queries."""
    if not decidable(task):
        return []
    situation, chooser = situation_of(task), chooser_for(task.build)
    found = []
    for one in SIX:
        params, why_not = chooser.applicable(situation, one)
        used = ", ".join(f"{label.lower()} {value}" for label, value in changes_of(params))
        found.append(Choice(strategy=one, label=str(one.label), does=DOES[one], params=used, why_not=why_not))
    return found
