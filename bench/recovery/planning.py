"""Many failed tasks at once: how long it takes to read and to plan them, how many queries, how much memory. A process
of its own for each figure: `python -m bench.recovery.planning --database URL --tasks N`."""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORKSPACES = 10
TASKS_A_BUILD = 50
FILL = 2_000
WARM = 200
APPLIED = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--tasks", type=int, required=True)
    chosen = parser.parse_args()
    from bench.recovery.world import enter  # noqa: PLC0415 - a peer of this bench imports this module without Django

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").mkdir()
        enter(Path(folder), chosen.database)
        print(json.dumps(measure(chosen.tasks)), flush=True)
        sys.stdout.flush()
        os._exit(0)  # threads of the routing's background are of no interest here


def measure(tasks: int) -> dict[str, Any]:
    """Fills the database to so many failed tasks, plans all of them, and applies some."""
    from django.db import connection  # noqa: PLC0415

    from recovery.autonomous import AutonomousTaskRecovery, undecided  # noqa: PLC0415

    spaces = fill(tasks)
    counted = Counted()
    with connection.execute_wrapper(counted):
        list(planned(WARM))
        before_mb, counted.queries = peak_mb(), 0
        begun, cpu = time.perf_counter(), time.process_time()
        strategies: dict[str, int] = {}
        for strategy in planned(tasks):
            strategies[strategy] = strategies.get(strategy, 0) + 1
        wall_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
        plan_queries, after_mb = counted.queries, peak_mb()
        counted.queries = 0
        recovery = AutonomousTaskRecovery(ask=lambda asked: [None] * len(asked), batch_size=APPLIED)
        begun = time.perf_counter()
        done = recovery.recover(spaces[0])
        applied_s = time.perf_counter() - begun
    return {
        "database": connection.vendor,
        "tasks": sum(strategies.values()),
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "queries": plan_queries,
        "peak_mb": after_mb,
        "more_mb": after_mb - before_mb,
        "strategies": strategies,
        "applied": done.found,
        "applied_broken": done.broken,
        "applied_s": applied_s,
        "applied_queries": counted.queries,
        "left": undecided().count(),
    }


class Counted:
    """Counts statements."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)


def planned(most: int) -> Iterator[str]:
    """Reads and chooses, in the order of the batch; nothing is written. The strategies."""
    from recovery.autonomous import undecided  # noqa: PLC0415
    from recovery.gather import each  # noqa: PLC0415
    from recovery.numbers import chooser_for  # noqa: PLC0415

    rng = random.Random(1)
    tasks = undecided().order_by("next_run_at", "pk")[:most]
    for task, situation in each(tasks.iterator(chunk_size=500)):
        yield str(chooser_for(task.build, rng=rng).choose(situation).chosen.strategy)


def fill(tasks: int) -> list[Any]:
    """Failed tasks of all kinds with their attempts; gives the workspaces."""
    from autodev.accounts.models import Workspace  # noqa: PLC0415
    from projects.models import Build, Project, Task  # noqa: PLC0415
    from projects.states import BuildState  # noqa: PLC0415

    spaces = [Workspace.objects.create(name=f"Bench {n}", slug=f"bench-{n}") for n in range(WORKSPACES)]
    projects = [Project.objects.create(workspace=one, name="Bench", slug="bench") for one in spaces]
    builds = [
        Build(
            project=projects[n % WORKSPACES],
            workspace=spaces[n % WORKSPACES],
            number=n,
            idea="b",
            state=BuildState.RUNNING,
        )
        for n in range(-(-tasks // TASKS_A_BUILD))
    ]
    Build.objects.bulk_create(builds, batch_size=FILL)
    for begin in range(0, tasks, FILL):
        rows = [_task(builds[n // TASKS_A_BUILD], n) for n in range(begin, min(tasks, begin + FILL))]
        Task.objects.bulk_create(rows)
        _attempts(rows)
    return [one.pk for one in spaces]


KINDS = ("work", "code", "timeout", "rate_limit", "malformed_answer", "merge_conflict", "context_window", "no_progress")


def _task(build: Any, number: int) -> Any:
    from django.utils import timezone  # noqa: PLC0415

    from projects.models import Task  # noqa: PLC0415
    from projects.states import RECOVERY, Phase, TaskState  # noqa: PLC0415

    kind = KINDS[number % len(KINDS)]
    return Task(
        build=build, key=f"failed-{number}", kind="implement", phase=Phase.IMPLEMENT, title="Bench",
        critical=bool(number % 3), state=TaskState.WAITING, wait_reason=RECOVERY, next_run_at=timezone.now(), epoch=2,
        attempts=1 + number % 3, error_kind=kind, fingerprint=f"{kind}-{number % 40}",
        last_error=f"{kind} number {number}",
    )  # fmt: skip


def _attempts(rows: list[Any]) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from projects.models import Attempt, AttemptOutcome  # noqa: PLC0415

    now = timezone.now()
    failed = AttemptOutcome.FAILED
    made = [
        Attempt(
            task=row, epoch=epoch, owner="bench", outcome=failed, error_kind=row.error_kind, provider="a",
            error=row.last_error, fingerprint=row.fingerprint, finished_at=now, details={"asked": [{"provider": "a"}]},
        )
        for row in rows
        for epoch in (1, 2)
    ]  # fmt: skip
    Attempt.objects.bulk_create(made)


def peak_mb() -> float:
    """The most memory that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
