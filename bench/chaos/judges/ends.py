"""Lost, stuck, done twice: the three that must be nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count

from autodev.events.models import Event
from bench.chaos.effects import Effect
from bench.chaos.judges.findings import Broken, Verdict
from projects.models import Attempt, AttemptOutcome, Build, Step, Task
from projects.states import BUILD_FINAL, ROLLED_BACK, TASK_FINAL, TaskState

ENDED = TASK_FINAL | {TaskState.QUARANTINED}
AGAIN = ("build.replayed", "build.rolled_back", "spec.edited", "task.restarted", "task.replayed")


def lost(accepted: Mapping[str, Sequence[str]]) -> Verdict:
    """Every build that the API accepted is there, once for each Idempotency-Key, and with it the task that it began
    with."""
    broken = []
    there = {str(pk): key for pk, key in Build.objects.values_list("pk", "idempotency_key")}
    begun = {str(pk) for pk in Task.objects.values_list("build_id", flat=True)}
    for key, ids in accepted.items():
        distinct = set(ids)
        if len(distinct) > 1:
            broken.append(Broken("lost", key, f"one request made {len(distinct)} builds"))
        for build in distinct:
            if there.get(build) != key:
                broken.append(Broken("lost", build, "was accepted and is not there"))
            elif build not in begun:
                broken.append(Broken("lost", build, "has no task"))
    return Verdict("lost", "Nothing that was accepted is lost", sum(map(len, accepted.values())), broken)


def stuck() -> Verdict:
    """Every build and every task has ended."""
    builds = Build.objects.exclude(state__in=BUILD_FINAL)
    tasks = Task.objects.exclude(state__in=ENDED).filter(build__state__in=BUILD_FINAL)
    broken = [Broken("stuck", str(build.pk), f"{build.state}: {_why(build)}") for build in builds]
    broken += [Broken("stuck", str(task.pk), f"{task.key} is {task.state} in an ended build") for task in tasks]
    return Verdict("stuck", "Every build and task has ended", Build.objects.count() + Task.objects.count(), broken)


def _why(build: Build) -> str:
    live = Task.objects.filter(build=build).exclude(state__in=ENDED)
    return "; ".join(
        f"{one.key} {one.state} {one.wait_reason or one.lease_owner} {one.next_run_at or ''}".strip() for one in live
    )


def done_twice(effects: Iterable[Effect]) -> Verdict:
    """One accepted attempt a task (and one more each time somebody ran it again), one step a key, and no effect of a
    step that was recorded before."""
    again = dict(Event.objects.filter(type__in=AGAIN).values_list("build_id").annotate(Count("pk")))
    accepted = (
        Attempt.objects.filter(outcome=AttemptOutcome.SUCCEEDED)
        .values_list("task_id", "task__build_id")
        .annotate(times=Count("pk"))
    )
    broken = [
        Broken("twice", str(task), f"{times} accepted attempts")
        for task, build, times in accepted
        if times > 1 + again.get(build, 0)
    ]
    doubled = Step.objects.values_list("task_id", "key").annotate(times=Count("pk")).filter(times__gt=1)
    broken += [Broken("twice", str(task), f"step {key} stands {times} times") for task, key, times in doubled]
    listed = list(effects)
    broken += _repeated(listed)
    return Verdict("twice", "Nothing is done twice", len(accepted) + len(listed), broken)


def _repeated(effects: Sequence[Effect]) -> list[Broken]:
    """An effect whose step was recorded at an earlier epoch was repeated instead of replayed; two at one epoch are a
    repetition within an attempt. What a crash cut off before the record may come again."""
    recorded: dict[tuple[str, str], int] = {}
    undone: Counter[tuple[str, str]] = Counter()
    for task, key, epoch in Step.objects.filter(key__contains=":").values_list("task_id", "key", "epoch"):
        if key.startswith(f"{ROLLED_BACK}:"):
            undone[str(task), key.split(":", 2)[2]] += 1
        else:
            recorded[str(task), key] = epoch
    plain = Step.objects.exclude(key__contains=":").values_list("task_id", "key", "epoch")
    recorded.update({(str(task), key): epoch for task, key, epoch in plain})
    at: dict[tuple[str, str], list[int]] = defaultdict(list)
    for effect in effects:
        at[effect.task, effect.key].append(effect.epoch)
    broken = []
    for (name, key), epochs in at.items():
        twice = [epoch for epoch, times in Counter(epochs).items() if times > 1]
        late = [epoch for epoch in epochs if epoch > recorded.get((name, key), epoch)]
        if twice:
            broken.append(Broken("twice", name, f"{key} had its effect twice at epoch {twice[0]}"))
        if late and not undone[name, key]:
            broken.append(Broken("twice", name, f"{key} was recorded and had its effect again at epoch {late[0]}"))
    return broken


def repeats(effects: Iterable[Effect]) -> int:
    """How many effects came again because a crash cut the step off before its record: told, and allowed."""
    times = Counter((effect.task, effect.key) for effect in effects)
    return sum(count - 1 for count in times.values())
