"""The invariants of the engine's protocol as queries over what is left; docs/chaos.md lists them by number."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Count, F, Max, Q

from autodev.events.models import Delivery, DeliveryState, Event
from autodev.lib.clock import db_now
from bench.chaos.judges.ends import AGAIN, ENDED
from bench.chaos.judges.findings import Broken, Verdict
from bench.chaos.judges.recoveries import recoveries, workspace_states
from projects.models import Attempt, AttemptOutcome, Build, Dependency, Step, Task
from projects.states import BUILD_FINAL, TASK_DONE, TaskState

LATE_S = 60.0
Judge = Callable[[], tuple[int, Iterable[tuple[object, str]]]]


def one_writer() -> tuple[int, Iterable[tuple[object, str]]]:
    """A step belongs to an attempt of its epoch and was written while that ran; a done task to its last attempt."""
    steps = Step.objects.values_list("task_id", "key", "epoch", "created_at")
    ran = {
        (task, epoch): ended for task, epoch, ended in Attempt.objects.values_list("task_id", "epoch", "finished_at")
    }
    found: list[tuple[object, str]] = []
    for task, key, epoch, created in steps:
        if (task, epoch) not in ran:
            found.append((task, f"step {key} of an epoch {epoch} that never ran"))
        elif (ended := ran[task, epoch]) is not None and created > ended:
            found.append((task, f"step {key} was written after its attempt had ended"))
    done = Task.objects.filter(state__in=[TaskState.SUCCEEDED, TaskState.DEGRADED])
    for task, epoch in done.values_list("pk", "epoch"):
        outcome = Attempt.objects.filter(task=task, epoch=epoch).values_list("outcome", flat=True).first()
        if outcome != AttemptOutcome.SUCCEEDED:
            found.append((task, f"is done, and its attempt {epoch} {outcome or 'is not there'}"))
    return len(steps) + done.count(), found


def bounded_waits() -> tuple[int, Iterable[tuple[object, str]]]:
    """A task that runs has a lease, one that waits a time."""
    live = Task.objects.exclude(state__in=ENDED)
    wrong = live.filter(
        Q(state=TaskState.RUNNING, lease_expires_at=None) | Q(state=TaskState.WAITING, next_run_at=None)
    )
    return live.count(), [(one.pk, f"{one.state} without an end") for one in wrong]


def final_is_final() -> tuple[int, Iterable[tuple[object, str]]]:
    """After the event of its end nothing of a build happens but what a person asks for."""
    endings = Event.objects.filter(type__in=[f"build.{state}" for state in BUILD_FINAL])
    last = {row["build_id"]: row["v"] for row in endings.values("build_id").annotate(v=Max("version"))}
    found = []
    for build, version in last.items():
        after = Event.objects.filter(build_id=build, version__gt=version, type__startswith="task.")
        after = after.exclude(type__in=[*AGAIN, "task.accepted"])
        found += [(build, f"{one.type} after its end") for one in after[:3]]
    return len(last), found


def one_step_a_key() -> tuple[int, Iterable[tuple[object, str]]]:
    doubled = Step.objects.values("task_id", "key").annotate(times=Count("pk")).filter(times__gt=1)
    return Step.objects.count(), [(row["task_id"], f"{row['key']} {row['times']} times") for row in doubled]


def together() -> tuple[int, Iterable[tuple[object, str]]]:
    """State and event moved in one commit: versions have no gap, an end has its event, a done task too."""
    found: list[tuple[object, str]] = []
    builds = Build.objects.values_list("pk", "version", "state")
    versions = defaultdict(list)
    types: dict[Any, Counter[str]] = defaultdict(Counter)
    for build, version, type_ in Event.objects.filter(build_id__isnull=False).values_list(
        "build_id", "version", "type"
    ):
        versions[build].append(version or 0)
        types[build][type_] += 1
    for build, version, state in builds:
        if sorted(versions[build]) != list(range(1, version + 1)):
            found.append((build, f"its version is {version} and its events are {len(versions[build])}"))
        if state in BUILD_FINAL and not types[build][f"build.{state}"]:
            found.append((build, f"is {state} without an event that says so"))
    done = dict(
        Event.objects.filter(type__in=["task.succeeded", "task.degraded"]).values_list("task_id").annotate(Count("pk"))
    )
    well = Task.objects.filter(state__in=[TaskState.SUCCEEDED, TaskState.DEGRADED]).values_list("pk", flat=True)
    found += [(task, "is done without an event that says so") for task in well if not done.get(task)]
    return len(builds), found


def epochs_rise() -> tuple[int, Iterable[tuple[object, str]]]:
    claims = Event.objects.filter(type="task.claimed").order_by("build_id", "version")
    last: dict[object, int] = {}
    found: list[tuple[object, str]] = []
    for task, payload in claims.values_list("task_id", "payload"):
        if payload["epoch"] <= last.get(task, 0):
            found.append((task, f"claimed at epoch {payload['epoch']} after {last.get(task, 0)}"))
        last[task] = payload["epoch"]
    ahead = Attempt.objects.filter(epoch__gt=F("task__epoch"))
    found += [(one.task_id, f"an attempt of epoch {one.epoch} is ahead of its task") for one in ahead]
    return len(last), found


def budgets() -> tuple[int, Iterable[tuple[object, str]]]:
    over = Task.objects.filter(Q(attempts__gt=F("max_attempts")) | Q(crashes__gt=3))
    return Task.objects.count(), [(one.pk, f"{one.attempts} attempts, {one.crashes} crashes") for one in over]


def attempts_are_claims() -> tuple[int, Iterable[tuple[object, str]]]:
    claims = dict(Event.objects.filter(type="task.claimed").values_list("task_id").annotate(Count("pk")))
    attempts = dict(Attempt.objects.values_list("task_id").annotate(Count("pk")))
    wrong = [task for task in {*claims, *attempts} if claims.get(task, 0) != attempts.get(task, 0)]
    return sum(claims.values()), [
        (task, f"{claims.get(task, 0)} claims and {attempts.get(task, 0)} attempts") for task in wrong
    ]


def no_slot_leaks() -> tuple[int, Iterable[tuple[object, str]]]:
    """What counts as running, runs: an open attempt is that of the current epoch of a running task."""
    open_ = Attempt.objects.filter(outcome=AttemptOutcome.RUNNING)
    wrong = open_.exclude(task__state=TaskState.RUNNING, task__epoch=F("epoch"))
    return Attempt.objects.count(), [(one.task_id, f"attempt {one.epoch} never ended") for one in wrong]


def parents() -> tuple[int, Iterable[tuple[object, str]]]:
    """In an ended build nothing lives; what replaced a task has ended when what depends on it ran."""
    alive = Task.objects.filter(build__state__in=BUILD_FINAL).exclude(state__in=ENDED)
    done = [TaskState.SUCCEEDED, TaskState.DEGRADED]
    early = Dependency.objects.filter(task__state__in=done, needs__critical=True).exclude(needs__state__in=TASK_DONE)
    found: list[tuple[object, str]] = [(one.pk, f"{one.key} is {one.state} in an ended build") for one in alive]
    found += [(one.task_id, "is done before what it needs") for one in early]
    return Task.objects.count(), found


def deliveries() -> tuple[int, Iterable[tuple[object, str]]]:
    late = Delivery.objects.filter(state=DeliveryState.PENDING, next_at__lt=db_now(plus_s=-LATE_S))
    return Delivery.objects.count(), [(one.pk, f"{one.key} is due and was not sent") for one in late]


INVARIANTS: tuple[tuple[str, str, Judge], ...] = (
    ("I1", "At most one accepted writer at a time", one_writer),
    ("I2", "Whatever is under way has a lease or a time", bounded_waits),
    ("I3", "Final states stay", final_is_final),
    ("I4", "One step a key", one_step_a_key),
    ("I5", "State, step and event move in one commit", together),
    ("I6", "Epochs only rise", epochs_rise),
    ("I7", "At most five attempts and three crashes", budgets),
    ("I8", "As many attempts as claims", attempts_are_claims),
    ("I10", "No more running than slots, none left open", no_slot_leaks),
    ("I11", "A workspace's state is what its tasks say", workspace_states),
    ("I12", "Nothing lives in an ended build", parents),
    ("I13", "What is due to be sent was sent", deliveries),
    ("recovery", "A failed epoch has one decision, and a decision an outcome", recoveries),
)


def invariants(seen: Iterable[Broken] = ()) -> list[Verdict]:
    """The verdict on each; `seen` is what the watch saw broken while the run went on."""
    noted = list(seen)
    verdicts = []
    for name, title, judge in INVARIANTS:
        looked, found = judge()
        broken = [Broken(name, str(subject), what) for subject, what in found]
        verdicts.append(Verdict(name, title, looked, [*broken, *(one for one in noted if one.judge == name)]))
    return verdicts
