"""The checkpoints of a build: the steps that left a commit, to which it can be rolled back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from autodev.accounts.errors import NotFound
from projects.models import Build, Step
from projects.selectors.spec import made_from, revisions_of
from projects.selectors.tasks import commits_of

LISTED_MAX = 500
COMMIT_MIN = 4  # digits of a commit that name it


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A step with its commit. `undone`: a rollback, a replay or an edit of the Spec has taken it back. It can be
    returned to where it was made from the Spec as it is now (`of_this_spec`)."""

    step: Step
    undone: bool
    of_this_spec: bool


def checkpoints_of(build: Build) -> list[Checkpoint]:
    """Newest first, at most `LISTED_MAX`. Three queries."""
    revisions = revisions_of(build)
    found = []
    for step in commits_of(build, limit=LISTED_MAX):
        then = made_from(revisions, step)
        same = then is None or then.spec == build.spec
        found.append(Checkpoint(step=step, undone=step.undone, of_this_spec=same))
    return found


def checkpoint_of(build: Build, name: str) -> Step:
    """The checkpoint of that step id, or of that commit, of which the first digits are enough. Raises NotFound."""
    steps = Step.objects.filter(task__build=build).exclude(commit="").select_related("task")
    try:
        found = list(steps.filter(pk=uuid.UUID(name)))
    except ValueError:
        long_enough = len(name) >= COMMIT_MIN
        found = list(steps.filter(commit__startswith=name.lower()).order_by("created_at")) if long_enough else []
    if len({step.commit for step in found}) != 1:
        raise NotFound("Several checkpoints begin so." if found else "This is no checkpoint of the build.")
    return found[0]
