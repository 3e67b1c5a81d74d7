"""Rolling a build back to a checkpoint: the head moves back and the tasks after it run again. Nothing is deleted."""

from __future__ import annotations

from autodev.accounts.models import User
from autodev.lib.db import write
from projects.engine.again import Point, begin_again, found_anew
from projects.engine.reach import green_in, measuring, not_in, with_dependents
from projects.engine.record import Happened
from projects.models import Build, Step
from projects.selectors.spec import made_from, revisions_of
from projects.services.errors import NoSuchStep, WrongState
from projects.services.held import held
from projects.states import Phase


def rollback_build(*, build: Build, user: User | None, to_step: Step | None = None, commit: str = "") -> Build:
    """The build's head is the checkpoint's commit again, named by its step or by the commit. The task of the step, all
    that depend on it and all whose work the commit does not hold run again at new epochs; the journal goes on after
    the step. Earlier steps, attempts, commits and events stay. What was measured is measured again, so that no figure
    tells of another commit. A build that had ended runs again, except a cancelled one (WrongState); a deadline that has
    passed no longer holds. Raises NoSuchStep for what is no checkpoint of this build, WrongState for one that was made
    from another Spec."""
    step = to_step or Step.objects.filter(task__build=build, commit=commit).exclude(commit="").first()
    if step is None or not step.commit or step.task.build_id != build.pk:
        raise NoSuchStep("This is no checkpoint of the build.")
    return found_anew(lambda: _rollback(Build.objects.get(pk=build.pk), user, step))


def _rollback(build: Build, user: User | None, step: Step) -> Build:
    """Raises HeadMoved too."""
    missing = not_in(build, step.commit)
    green = green_in(build, step.commit)

    def apply() -> Build:
        fresh = held(build, verb="rolled back")
        _same_spec(fresh, step)
        kept = Step.objects.filter(task_id=step.task_id, created_at__lte=step.created_at)
        point = Point(
            tasks=with_dependents(build.pk, [step.task_id, *missing, *measuring(build.pk)]),
            head=step.commit,
            seen=build.head,
            phase=Phase(step.task.phase),
            green=green,
            within=step.task_id,
            kept=list(kept.values_list("pk", flat=True)),
            commit=step.commit,
        )
        payload = {"step_id": str(step.pk), "commit": step.commit}
        happened = Happened(type="build.rolled_back", task_id=step.task_id, payload=payload)
        return begin_again(fresh, point, happened=happened, actor=user)

    return write(apply)


def _same_spec(build: Build, step: Step) -> None:
    """A checkpoint that was made from another Spec would be judged by checks that it was not made for."""
    then = made_from(revisions_of(build), step)
    if then is not None and then.spec != build.spec:
        raise WrongState(
            f"The checkpoint was made from revision {then.number} of the Spec, which has changed since.",
            hint="Restore that revision of the Spec first.",
        )
